// Mistakes of one node that show in what it says, message by message: each promise is kept without
// the mistake, and broken with it.
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "replica/mistakes.h"
#include "replica/streams.h"
#include "replica/three_nodes.h"

namespace pmx::sim {
namespace {

using replica::Mistake;
using replica::RequestResults;
using namespace replica::test;

// Node 1 of three, outside of a test of its own.
class Played : public ThreeNodes {
  public:
    using ThreeNodes::accept_from;
    using ThreeNodes::append_of;
    using ThreeNodes::configure;
    using ThreeNodes::deliver_own;
    using ThreeNodes::first_entry_item;
    using ThreeNodes::follow;
    using ThreeNodes::hello_of;
    using ThreeNodes::lead;
    using ThreeNodes::log;
    using ThreeNodes::node;
    using ThreeNodes::view_from;

    void TestBody() override {}

    // Node 1 follows 2@2, whose leader has entries up to 9.
    void follow_longer(bool founds_era) {
        configure();
        wire::ViewProposal proposal = view_from(5);
        proposal.last_index = LogIndex(9);
        proposal.chain[0] ^= 1U;
        proposal.founds_era = founds_era;
        node.hear(node_2, view_of(2, node_2), proposal);
        node.flush();
    }
    [[nodiscard]] wire::Entry entry_after(const wire::Entry& last) const {
        wire::Entry entry = last;
        entry.index = next(last.index);
        entry.request = {node_3, Boot(1), entry.index.value};
        entry.chain = wire::chain_after(last.chain, entry);
        return entry;
    }
    // The leader has entries up to 9, and says this of them.
    replica::Actions fetch(const wire::Entry& entry) {
        const auto asked = std::get<wire::Fetch>(node.last_said<wire::Fetch>()->payload);
        wire::EntriesPiece piece;
        piece.first = entry.index;
        piece.last = LogIndex(9);
        piece.bytes = replica::entry_item(entry);
        return node.hear(node_2, view_of(2, node_2),
                         wire::Piece{node_1, asked.number, std::move(piece)});
    }
    [[nodiscard]] bool proposes() const { return node.last_said<wire::ViewProposal>().has_value(); }
};

bool accepts_an_era_with_its_log_only() {
    Played played;
    played.follow_longer(true);
    return !played.node.last_said<wire::Accept>();
}

bool an_era_needs_all_of_its_founders() {
    Played played;
    played.configure();
    wire::ViewProposal proposal = played.view_from(5);
    proposal.founds_era = true;
    played.node.hear(node_2, view_of(2, node_2), proposal);
    played.node.flush();
    played.accept_from(node_1, view_of(2, node_2));
    played.accept_from(node_2, view_of(2, node_2));
    const bool waits = !played.node.status().open_view;
    played.accept_from(node_3, view_of(2, node_2));
    return waits && played.node.status().open_view;
}

// Node 2 has a disk that has no vote, and more than the one that is left of the voters.
bool who_has_most_founds() {
    Played played;
    played.node.step(replica::ConfigurationChanged{{node_1, node_2}, true, {node_1, node_2}});
    played.deliver_own();
    wire::Hello more = played.hello_of(node_2, 1, 5);
    more.disk.bytes[15] = 0xd2;
    more.last_index = LogIndex(6);
    more.forces_quorum = true;
    played.node.hear(node_2, view_of(1, node_1), more);
    return !played.proposes();
}

bool reports_once_its_promise_is_on_disk() {
    Played played;
    played.configure();
    played.node.hear(node_2, view_of(2, node_2), played.view_from(5));
    played.node.hear(node_2, view_of(2, node_2),
                     Played::append_of(6, {Played::first_entry_item()}));
    played.node.step(replica::LogFlushed{LogIndex(6)});
    const bool silent = !played.node.last_said<wire::Durable>();
    played.node.step(replica::PromiseFlushed{view_of(2, node_2)});
    return silent && played.node.last_said<wire::Durable>().has_value();
}

// Node 2 comes back in another daemon run with less than it reported; node 3 is away.
bool an_old_copy_has_no_vote() {
    Played played;
    played.configure();
    wire::Hello hello = played.hello_of(node_2, 1, 5);
    hello.boot = Boot(1);
    played.node.hear(node_2, view_of(1, node_1), hello);
    played.node.step(replica::ConfigurationChanged{{node_1, node_2}, true});
    played.deliver_own();
    played.node.said.clear();
    hello = played.hello_of(node_2, 2, 3);
    hello.boot = Boot(2);
    played.node.hear(node_2, view_of(1, node_1), hello);
    return !played.proposes();
}

bool an_old_copy_takes_a_new_id() {
    Played played;
    played.configure();
    wire::Hello hello = played.hello_of(node_2, 1, 5);
    hello.seen.push_back(
        {node_1, disk_of(node_1), Boot(1), view_of(1, node_1), view_of(1, node_1), LogIndex(6)});
    return played.node.hear(node_2, view_of(1, node_1), hello).renew_disk;
}

// Node 1 is the only voter by an entry of its log, but not by what it knows to be committed.
bool a_sole_voter_waits_for_its_view() {
    wire::Entry entry;
    entry.index = LogIndex(1);
    entry.view = view_of(1, node_1);
    entry.kind = wire::EntryKind::voters;
    entry.op = encode(replica::VoterList{{node_1, disk_of(node_1)}});
    replica::Log log({}, {});
    TestNode node(settings_of(node_1), {node_1}, {view_of(1, node_1), {}, {log.append(entry)}});
    node.step(replica::ConfigurationChanged{{node_1}, true});
    const bool waits = node.committed.empty();
    settle_alone(node);
    return waits && node.committed.size() == 2;
}

bool is_in_step_with_all_pieces_only() {
    Played played;
    played.follow_longer(false);
    (void)played.fetch(played.entry_after(*played.log[4]));
    return played.node.status().last == LogIndex(6) && !played.node.status().in_step;
}

bool takes_no_entry_of_another_chain() {
    Played played;
    played.follow_longer(false);
    wire::Entry altered = played.entry_after(*played.log[4]);
    altered.time = wall_from_ns(1);
    return played.fetch(altered).append.empty();
}

bool gives_nothing_that_follows_another_chain() {
    Played played;
    played.lead();
    played.node.flush();
    wire::Chain other = played.log[3]->chain;
    other[0] ^= 1U;
    wire::Fetch fetch;
    fetch.from = node_1;
    fetch.number = 1;
    fetch.what = wire::FetchEntries{LogIndex(4), other, 0};
    played.node.hear(node_2, view_of(2, node_1), fetch);
    const auto said = played.node.last_said<wire::Piece>();
    if (!said) return false;
    const auto* refusal =
        std::get_if<wire::FetchRefusal>(&std::get<wire::Piece>(said->payload).what);
    return refusal != nullptr && *refusal == wire::FetchRefusal::other_chain;
}

bool what_was_forgotten_was_applied() {
    RequestResults results;
    for (std::uint64_t i = 1; i <= RequestResults::max_in_flight + 1; ++i)
        results.record({node_2, Boot(1), i}, {LogIndex(i), Code::ok, {}});
    return results.was_applied({node_2, Boot(1), 1});
}

// The first part came in the view before, the second was lost with it.
bool a_body_begins_anew_in_a_view() {
    const auto bytes =
        wire::encode(wire::Draft{wire::EntryKind::change, {}, {}, std::string(200'000, 'x')});
    wire::Body body;
    body.request = {node_2, Boot(1), 1};
    body.hash = sha256(bytes);
    body.parts = 2;
    body.piece = bytes.substr(0, 100'000);
    Played played;
    played.follow();
    played.node.hear(node_2, view_of(2, node_2), body);
    played.node.step(replica::ConfigurationChanged{{node_1, node_2}, true});
    played.node.said.clear();
    wire::ViewProposal proposal = played.view_from(5);
    played.node.hear(node_2, view_of(3, node_2), proposal);
    played.node.flush();
    played.accept_from(node_1, view_of(3, node_2));
    played.accept_from(node_2, view_of(3, node_2));
    played.node.hear(node_2, view_of(3, node_2), body);
    body.part = 1;
    body.piece = bytes.substr(100'000);
    played.node.hear(node_2, view_of(3, node_2), body);
    const auto append = Played::append_of(6, {Played::first_entry_item(), {body.request, {}}});
    played.node.hear(node_2, view_of(3, node_2), append);
    return played.node.status().last == LogIndex(7);
}

struct Promise {
    Mistake mistake;
    const char* name;
    std::function<bool()> is_kept;
};

class OneNodesMistakes : public testing::TestWithParam<Promise> {};

TEST_P(OneNodesMistakes, BreakAPromise) {
    EXPECT_TRUE(GetParam().is_kept());
    replica::planted_mistake = GetParam().mistake;
    const bool kept = GetParam().is_kept();
    replica::planted_mistake = Mistake::none;
    EXPECT_FALSE(kept);
}

const std::vector<Promise> promises{
    {Mistake::era_accepted_without_log, "EraAcceptedWithoutLog", accepts_an_era_with_its_log_only},
    {Mistake::era_opened_by_majority, "EraOpenedByMajority", an_era_needs_all_of_its_founders},
    {Mistake::era_founded_by_any, "EraFoundedByAny", who_has_most_founds},
    {Mistake::durable_before_promise, "DurableBeforePromise", reports_once_its_promise_is_on_disk},
    {Mistake::old_copy_votes, "OldCopyVotes", an_old_copy_has_no_vote},
    {Mistake::old_copy_keeps_its_id, "OldCopyKeepsItsId", an_old_copy_takes_a_new_id},
    {Mistake::sole_voter_takes_any_base, "SoleVoterTakesAnyBase", a_sole_voter_waits_for_its_view},
    {Mistake::in_step_too_early, "InStepTooEarly", is_in_step_with_all_pieces_only},
    {Mistake::fetched_chain_not_checked, "FetchedChainNotChecked", takes_no_entry_of_another_chain},
    {Mistake::served_chain_not_checked, "ServedChainNotChecked",
     gives_nothing_that_follows_another_chain},
    {Mistake::forgotten_results_lost, "ForgottenResultsLost", what_was_forgotten_was_applied},
    {Mistake::bodies_kept, "BodiesKept", a_body_begins_anew_in_a_view},
};

INSTANTIATE_TEST_SUITE_P(, OneNodesMistakes, testing::ValuesIn(promises),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace pmx::sim
