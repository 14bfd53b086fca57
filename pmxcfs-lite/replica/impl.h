// The replica's state, and its handlers by concern:
//
//   replica.cpp       steps, time
//   status.cpp        what others may ask
//   membership.cpp    who is there, who is wanted, who cannot be one of us
//   views.cpp         rounds of HELLO: proposing, accepting and opening a view
//   candidates.cpp    who may lead one (quorum.h: which voters decide)
//   eras.cpp          views for fewer than a majority
//   ordering.cpp      the leader: a place in the log for each change, APPEND
//   voter_changes.cpp the leader: voters and level towards what is wanted and known
//   following.cpp     the others: BODY and APPEND into the log
//   durability.cpp    what is on disks, and so committed
//   fetching.cpp, fetching_snapshot.cpp  getting what is missing
//   serving.cpp       giving it
//   scrub.cpp         comparing trees
#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "replica/bodies.h"
#include "replica/fetching.h"
#include "replica/lock_clock.h"
#include "replica/log.h"
#include "replica/mistakes.h"
#include "replica/own_requests.h"
#include "replica/peers.h"
#include "replica/quorum.h"
#include "replica/replica.h"
#include "replica/round.h"
#include "replica/snapshots.h"
#include "replica/view_state.h"
#include "wire/message.h"

namespace pmx::replica {

// How long a round waits for those who are silent. With min_patience it is what a hung leader may
// cost: less than a second.
inline constexpr std::chrono::milliseconds silence_limit{300};
// T: how long who waits lets the commit index stand still before starting a round.
inline constexpr std::chrono::milliseconds min_patience{500};
inline constexpr std::chrono::milliseconds max_patience{16'000};
// Callers are kept waiting for a view this long, then refused.
inline constexpr std::chrono::seconds view_grace{3};
// How long force-quorum may take; after that it is as if it had not been asked for.
inline constexpr std::chrono::seconds force_limit{30};
inline constexpr std::chrono::hours scrub_period{1};

struct Replica::Impl {
    Impl(const Settings& settings_in, Recovered recovered, const StateMachine& state_in);

    // One for each kind of event (replica.cpp says which file).
    void on(ConfigurationChanged& event);
    void on(NodesListed& event);
    void on(ForceQuorum& event);
    void on(SnapshotInstalled& event);
    void on(SnapshotRefused& event);
    void on(MessageReceived& event);
    void on(LogFlushed& event);
    void on(LogAppendFailed& event);
    void on(PromiseFlushed& event);
    void on(Propose& event);
    void on(Tick& event);

    // One for each kind of message.
    void hear(NodeId sender, const View& promise, const wire::Hello& hello);
    void hear(NodeId sender, const View& view, const wire::ViewProposal& proposal);
    void hear(NodeId sender, const View& view, const wire::Accept& accept);
    void hear(NodeId sender, const View& view, const wire::Body& body);
    void hear(NodeId sender, const View& view, const wire::Append& append);
    void hear(NodeId sender, const View& view, const wire::Durable& durable_report);
    void hear(NodeId sender, const View& view, const wire::Fetch& fetch);
    void hear(NodeId sender, const View& view, const wire::Piece& piece);
    void hear(NodeId sender, const View& view, const wire::Digest& digest);

    // membership.cpp
    void hear_unknown(NodeId sender, std::string_view bytes);
    void note_view(const View& view, bool goes_on);
    void settle_views();
    void know(NodeId sender, const View& promise, const wire::Hello& hello);
    [[nodiscard]] Terms terms() const { return {cluster, settings.node, settings.node_name}; }
    [[nodiscard]] std::vector<NodeId> expected() const;  // the members who are not refused
    [[nodiscard]] bool present(NodeId node) const {
        return std::binary_search(members.begin(), members.end(), node);
    }
    [[nodiscard]] const DiskId* disk_of(NodeId node) const;

    // views.cpp
    void commit_what_a_sole_voter_has();
    void start_round(std::uint64_t number);
    void say_hello_once_flushed();
    void consider_leading();
    enum class ViewKind : std::uint8_t {
        by_majority,    // of the voters
        with_new_list,  // founds an era of those who go on without the others
        with_old_list,  // begins an era by a majority, in the place of one that may not be theirs
    };
    void lead_by_majority(const VoterList& heard);
    void propose_view(const VoterList& voters, ViewKind kind);
    [[nodiscard]] bool begins_era() const;
    [[nodiscard]] View next_view() const;
    [[nodiscard]] bool out_of_reach(const View& view) const;
    [[nodiscard]] bool own_disk_is_old(const wire::Hello& hello) const;
    [[nodiscard]] static ClusterId cluster_of(const VoterList& founders);
    void follow(ViewState next);
    void save_promise_again();
    void accept_once_ready();
    void count_accept(ViewState& candidate, const Voter& voter);
    void follow_refused();
    void open_view();
    void give_up_view();
    [[nodiscard]] bool view_open() const { return current && current->open && !electing; }
    [[nodiscard]] bool leading() const {
        return view_open() && current->view.leader == settings.node;
    }

    // candidates.cpp
    [[nodiscard]] bool could_elect() const;
    [[nodiscard]] VoterLists lists() const { return voter_lists(log, committed); }
    [[nodiscard]] VoterList heard_of(const VoterList& list) const;
    [[nodiscard]] VoterList heard_of(const VoterLists& lists) const;
    [[nodiscard]] std::vector<NodeId> electable() const;
    [[nodiscard]] std::optional<NodeId> furthest(const std::vector<NodeId>& candidates) const;

    // eras.cpp
    void consider_founding();
    [[nodiscard]] std::vector<NodeId> possible_founders() const;
    [[nodiscard]] bool may_found_era(const VoterList& founders) const;
    [[nodiscard]] bool has_left(const Voter& voter) const;
    void stop_forcing();
    void note_steadiness();

    // ordering.cpp
    void propose_waiting();
    void propose(std::uint64_t sequence);
    void order(const RequestId& request, wire::Draft draft);
    void append_as_leader(const RequestId& request, wire::Draft draft);
    void append_first_entry();
    void order_own(wire::EntryKind kind, std::string op);
    void expire_lock_before(const wire::Draft& draft);
    void multicast_appends();
    [[nodiscard]] wire::Append::Item item_for(const wire::Entry& entry);
    void multicast_body(const RequestId& request, const std::string& bytes);

    // voter_changes.cpp
    void move_voters();
    // The list with one voter less or more, where that is better.
    [[nodiscard]] std::optional<VoterList> one_change(VoterList voters) const;
    [[nodiscard]] bool lives(const VoterList& list) const;
    [[nodiscard]] bool has_another_disk(const Voter& voter) const;
    [[nodiscard]] bool is_unwanted(const Voter& voter) const;
    void raise_level();

    // following.cpp
    void append_from_leader(const wire::Append& append);
    [[nodiscard]] bool disk_keeps_up() const;
    bool append_item(const wire::Append::Item& item);
    [[nodiscard]] std::optional<wire::Draft> draft_for(const wire::Append::Item& item);
    bool reach_place(LogIndex first);

    // fetching.cpp
    void consider_fetching();
    [[nodiscard]] bool lacks_something() const;
    void begin_fetching();
    void fetch_entries_after(LogIndex index);
    void ask();
    void take(wire::EntriesPiece& piece);
    bool take_entry(wire::Entry entry);
    void reach_step();
    void take(wire::FetchRefusal& refusal);
    void fetch_again_later();

    // fetching_snapshot.cpp
    void take(wire::OutlinePiece& piece);
    void take(wire::NodesPiece& piece);
    void plan_snapshot();
    [[nodiscard]] bool has_node(Inode inode, const Sha256& digest) const;
    void finish_snapshot();
    [[nodiscard]] LogIndex common_with(const Base& base) const;
    void start_snapshot_over();

    // serving.cpp
    void answer(NodeId member, const wire::Fetch& fetch);
    [[nodiscard]] wire::Piece piece_of_log(const wire::FetchEntries& what) const;
    [[nodiscard]] wire::Piece piece_of_outline(NodeId member, const wire::FetchOutline& what);
    [[nodiscard]] wire::Piece piece_of_nodes(NodeId member, const wire::FetchNodes& what);

    // scrub.cpp
    void compare_trees();
    void judge_trees();
    void freeze_damaged();
    void make_way_if_damaged();
    void order_scrub();

    // durability.cpp
    void report_durable();
    void count_durable(NodeId sender, const View& view, const wire::Durable& report);
    void count_reports_of_later_entries();
    void advance_commit();
    void commit_up_to(LogIndex index);
    void cut_log_after(LogIndex index);
    void reject_what_is_cut(LogIndex after);
    [[nodiscard]] bool refuse_from(LogIndex from);

    // status.cpp
    [[nodiscard]] Peer describe(NodeId node) const;
    [[nodiscard]] std::vector<NodeId> waited_for() const;
    [[nodiscard]] std::vector<NodeId> waited_for_by_force() const;
    [[nodiscard]] std::optional<CatchingUp> progress_of_fetching() const;

    // replica.cpp
    void go_on();
    [[nodiscard]] Base base() const;
    void say(const View& view, wire::Payload payload);
    void append(wire::Entry entry);
    void settle_applied();
    [[nodiscard]] bool known(const RequestId& request) const;
    [[nodiscard]] bool own(const RequestId& request) const;
    [[nodiscard]] RequestId own_request(std::uint64_t sequence) const;
    [[nodiscard]] Voter self() const { return {settings.node, settings.disk}; }
    [[nodiscard]] bool alone() const { return members.size() <= 1; }
    [[nodiscard]] bool something_waits() const;
    [[nodiscard]] std::optional<MonotonicTime> next_deadline() const;
    [[nodiscard]] Code writable(MonotonicTime at) const;

    const Settings settings;
    const StateMachine& state;
    ClusterId cluster;

    // Of the step under way.
    MonotonicTime now;
    Actions out;

    Log log;
    LogIndex durable;    // of our log, on our disk
    LogIndex committed;  // handed out to be applied
    // What the disk may still hold above our log. It goes with the next append: until then a
    // restart may find it again, which is as if it had not been cut yet.
    std::optional<LogIndex> cut_due;
    std::vector<wire::EntryPtr> rejected_due;  // goes with it
    // Where the log on the disk ended when this daemon started.
    std::pair<View, LogIndex> began_with;
    View promise;
    View promise_on_disk;
    std::optional<MonotonicTime> promise_due;  // the disk did not take it: when to try again
    LogIndex settled;                          // requests up to here are known from `state`
    std::set<RequestId> unapplied;             // those of the log's entries after it

    std::vector<NodeId> members;
    std::vector<NodeId> nodes;   // in corosync's membership
    std::vector<NodeId> listed;  // by the administrator
    bool quorum_by_fewer = false;
    bool quorate = false;
    // Since this start an entry of an open view was committed here, quorate since without a break.
    bool steady = false;
    Peers peers;
    SeenDisks seen;
    struct Forcing {
        MonotonicTime since;
        WallTime time;
        wire::Actor actor;
    };
    std::optional<Forcing> forcing;
    MonotonicTime views_settled;  // the last round for that

    Round round;
    bool views_differ = false;  // some in our midst go on in another view than we do
    bool electing = false;      // a round is under way; nothing is ordered
    bool hello_due = false;     // waits for the log to be flushed
    bool proposed = false;      // our VIEW of this round is out
    ViewKind my_view_kind = ViewKind::by_majority;
    std::optional<View> my_view;  // the last view that we proposed, in this daemon run

    std::optional<ViewState> current;  // the view promised
    std::optional<ViewState> refused;  // one we did not accept, which may open all the same

    // The leader's.
    LogIndex sent;                    // up to here entries were multicast
    std::size_t appends_in_ring = 0;  // our APPENDs not delivered back to us yet
    LockClock lock_clock;
    bool led_last = false;               // the last view that was open here
    std::optional<LogIndex> clock_read;  // state.applied at the last look at the locks

    Bodies bodies;
    OwnRequests requests;

    Fetching fetching;
    LogIndex leader_committed;  // in the view followed, as the leader said
    std::optional<Base> installing;
    Snapshots snapshots;

    // Trees compared: the last digest that each voter said in this view, of the place that we have
    // come to or of a later one; and our own.
    LogIndex scrub_index;
    std::map<NodeId, StateMachine::Digest> digests;
    Scrub scrub;
    MonotonicTime scrub_ordered;
    bool damaged = false;        // our tree differs from the majority's
    bool level_unknown = false;  // one is in force whose rules this program does not know

    // Patience with whoever holds up what waits.
    std::chrono::milliseconds patience = min_patience;
    MonotonicTime progress;                  // the last commit or round, or when waiting began
    std::optional<MonotonicTime> view_lost;  // nothing while one is open
};

}  // namespace pmx::replica
