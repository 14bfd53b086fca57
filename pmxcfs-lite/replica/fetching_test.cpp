// What comes in pieces, and what comes between them.
#include <gtest/gtest.h>

#include <algorithm>

#include "replica/streams.h"
#include "replica/three_nodes.h"

namespace pmx::replica::test {
namespace {

using wire::Fetch;
using wire::Piece;

// Node 1 follows 2@2, whose leader has entries up to 9.
class Fetcher : public ThreeNodes {
  protected:
    explicit Fetcher(const View& followed = view_of(2, node_2)) : view(followed) {}
    void SetUp() override {
        configure();
        wire::ViewProposal longer = view_from(5);
        longer.founds_era = view.era != Era();
        longer.last_index = LogIndex(9);
        longer.chain[0] ^= 1U;
        node.hear(node_2, view, longer);
        node.flush();
    }
    [[nodiscard]] Fetch last_fetch() const {
        return std::get<Fetch>(node.last_said<Fetch>()->payload);
    }
    Actions answer(const Fetch& fetch, decltype(Piece::what) what) {
        return node.hear(node_2, view, Piece{node_1, fetch.number, std::move(what)});
    }
    // Those after `last`, as the leader has them.
    [[nodiscard]] wire::EntriesPiece entries_after(const wire::Entry& last,
                                                   std::uint64_t up_to) const {
        wire::EntriesPiece piece;
        piece.first = next(last.index);
        piece.last = LogIndex(9);
        wire::Entry entry = last;
        while (entry.index.value < up_to) {
            const wire::Chain before = entry.chain;
            entry.index = next(entry.index);
            entry.kind = wire::EntryKind::barrier;
            entry.request = {node_3, Boot(1), entry.index.value};
            entry.chain = wire::chain_after(before, entry);
            piece.bytes += entry_item(entry);
        }
        return piece;
    }
    const View view;
};

TEST_F(Fetcher, BeginsAnewWhereItsLogEndsWhenTheDiskDidNotTakeAPiece) {
    ASSERT_FALSE(answer(last_fetch(), entries_after(*log[4], 7)).append.empty());
    ASSERT_EQ(node.status().last, LogIndex(7));
    node.step(LogAppendFailed{LogIndex(6)});
    EXPECT_EQ(node.status().last, LogIndex(5));
    node.pass(Fetching::pause);
    EXPECT_EQ(std::get<wire::FetchEntries>(last_fetch().what).after, LogIndex(5));
    EXPECT_FALSE(answer(last_fetch(), entries_after(*log[4], 7)).append.empty());
}

// What it cut is on its disk still: that is no copy of an earlier day, and keeps its vote.
TEST_F(Fetcher, KeepsItsDiskWhereAFullOneDidNotTakeACut) {
    answer(last_fetch(), wire::FetchRefusal::other_chain);
    ASSERT_EQ(std::get<wire::FetchEntries>(last_fetch().what).after, LogIndex(4));
    ASSERT_EQ(answer(last_fetch(), entries_after(*log[3], 7)).cut_after, LogIndex(4));
    node.step(LogAppendFailed{LogIndex(5)});
    ASSERT_EQ(node.status().last, LogIndex(4));
    wire::Hello hello = hello_of(node_3, 2, 5);
    hello.seen.push_back({node_1, disk_of(node_1), Boot(77), {}, view_of(1, node_1), LogIndex(5)});
    EXPECT_FALSE(node.hear(node_3, view, hello).renew_disk);
    hello.seen.back().last_index = LogIndex(6);
    EXPECT_TRUE(node.hear(node_3, view, hello).renew_disk) << "it had more once";
}

// It would lead by a log that is not the one it spoke of.
TEST_F(Fetcher, ASnapshotComesBeforeAViewProposedWithTheLogThatItReplaces) {
    answer(last_fetch(), wire::FetchRefusal::cut_off);
    const Fetch fetch = last_fetch();
    ASSERT_TRUE(std::holds_alternative<wire::FetchOutline>(fetch.what));
    node.hear(node_3, view_of(1, node_1), hello_of(node_3, 7, 5));
    deliver_own();
    node.hear(node_3, view_of(1, node_1), hello_of(node_3, 7, 5));
    node.pass(silence_limit);
    ASSERT_TRUE(node.last_said<wire::ViewProposal>());

    Base base;
    base.index = LogIndex(9);
    base.view = view;
    base.voters = all_voters();
    base.tree_digest = node.state.tree.digest();
    wire::OutlinePiece outline;
    outline.snapshot = base.index;
    outline.bytes = encode_outline(base, node.state.tree);
    outline.total = static_cast<std::uint32_t>(outline.bytes.size());
    ASSERT_TRUE(answer(fetch, outline).install);
    node.unsaved_promise.reset();
    deliver_own();
    EXPECT_FALSE(node.unsaved_promise);
}

// Node 1 fetches a snapshot of its own tree, with one file made beside it.
class SnapshotFetcher : public Fetcher {
  protected:
    using Fetcher::Fetcher;
    void SetUp() override {
        Fetcher::SetUp();
        base.index = LogIndex(9);
        base.view = view;
        base.voters = all_voters();
        base.tree_digest = node.state.tree.digest();
        answer(last_fetch(), wire::FetchRefusal::cut_off);
    }
    Actions answer_with_outline(const std::string& bytes) {
        wire::OutlinePiece outline;
        outline.snapshot = base.index;
        outline.bytes = bytes;
        outline.total = static_cast<std::uint32_t>(bytes.size());
        return answer(last_fetch(), outline);
    }
    [[nodiscard]] bool begins_anew() {
        node.pass(Fetching::pause);
        const Fetch fetch = last_fetch();
        const auto* what = std::get_if<wire::FetchEntries>(&fetch.what);
        return what != nullptr && what->after == LogIndex(5);
    }
    Base base;
};

// What it had was not among what it asked for.
TEST_F(SnapshotFetcher, BeginsAnewWhenABitFlipsAfterTheOutline) {
    const tree::Op before = tree::MakeDirectory{{tree::root_inode, "kept"}};
    const Inode kept = node.state.tree.apply(before, {LogIndex(4), {}, node_2}).inode;
    tree::Tree served = node.state.tree;
    const tree::Op op = tree::MakeDirectory{{tree::root_inode, "new"}};
    const Inode made = served.apply(op, {LogIndex(9), {}, node_2}).inode;
    base.tree_digest = served.digest();
    EXPECT_FALSE(answer_with_outline(encode_outline(base, served)).install);
    const auto asked = std::get<wire::FetchNodes>(last_fetch().what).inodes;
    ASSERT_EQ(std::count(asked.begin(), asked.end(), made), 1);
    ASSERT_EQ(std::count(asked.begin(), asked.end(), kept), 0);

    std::vector<tree::Node> damaged;
    for (const auto& [inode, each] : node.state.tree.nodes()) {
        damaged.push_back(each);
        if (inode == kept) damaged.back().mtime += std::chrono::seconds(1);
    }
    node.state.tree = tree::Tree::from_nodes(damaged, node.state.tree.cluster_log()).value();
    wire::NodesPiece piece;
    piece.snapshot = base.index;
    for (const Inode inode : asked)
        piece.bytes += node_item(*served.find(inode));
    EXPECT_FALSE(answer(last_fetch(), piece).install);
    EXPECT_TRUE(begins_anew());
}

TEST_F(SnapshotFetcher, TakesNoBaseOfAViewAboveItsOwn) {
    base.view = view_of(3, node_3);
    EXPECT_FALSE(answer_with_outline(encode_outline(base, node.state.tree)).install);
    EXPECT_TRUE(begins_anew());
}

// What it has above that base may have been counted for a commit.
TEST_F(SnapshotFetcher, TakesNoBaseBelowItsLog) {
    base.index = LogIndex(3);
    base.view = view_of(1, node_1);
    EXPECT_FALSE(answer_with_outline(encode_outline(base, node.state.tree)).install);
    EXPECT_TRUE(begins_anew());
}

class FounderFetcher : public SnapshotFetcher {
  protected:
    FounderFetcher() : SnapshotFetcher({{1, disk_of(node_2)}, 1, node_2}) {}
};

// The era opens when all of its founders have its log, and has committed nothing before.
TEST_F(FounderFetcher, TakesOneBelowItsLogInALaterEra) {
    base.index = LogIndex(3);
    base.view = view_of(1, node_1);
    EXPECT_TRUE(answer_with_outline(encode_outline(base, node.state.tree)).install);
}

TEST_F(SnapshotFetcher, TakesNoBytesThatAreNoOutline) {
    EXPECT_FALSE(answer_with_outline("nonsense").install);
    EXPECT_TRUE(begins_anew());
}

// A sole voter commits what it has not multicast yet, and a snapshot may be of that.
TEST_F(ThreeNodes, WhoIsAheadOfWhatWasMulticastWaits) {
    lead();
    const Actions ordered = node.propose(1, tree::MakeDirectory{{tree::root_inode, "a"}});
    ASSERT_EQ(ordered.append.size(), 1U);
    ASSERT_FALSE(node.last_said<wire::Append>()) << "the one before is in the ring";
    const wire::Entry& last = *ordered.append.back();
    const auto answered = [&](const wire::Chain& chain) {
        node.hear(node_2, view_of(2, node_1),
                  Fetch{node_1, 1, wire::FetchEntries{last.index, chain, 0}});
        return std::get<wire::FetchRefusal>(std::get<Piece>(node.last_said<Piece>()->payload).what);
    };
    EXPECT_EQ(answered(last.chain), wire::FetchRefusal::busy);
    EXPECT_EQ(answered(log[4]->chain), wire::FetchRefusal::other_chain);
}

}  // namespace
}  // namespace pmx::replica::test
