// The replica's state, and its handlers by concern:
//
//   replica.cpp    steps, time, what others may ask
//   views.cpp      rounds of HELLO, proposing, accepting and opening a view
//   ordering.cpp   the leader: a place in the log for each change, APPEND
//   following.cpp  the others: BODY and APPEND into the log
//   durability.cpp what is on disks, and so committed
#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "replica/bodies.h"
#include "replica/lock_clock.h"
#include "replica/log.h"
#include "replica/own_requests.h"
#include "replica/replica.h"
#include "replica/round.h"
#include "replica/view_state.h"
#include "wire/message.h"

namespace pmx::replica {

// How long a round waits for those who are silent.
inline constexpr std::chrono::milliseconds silence_limit{500};
// T: how long who waits lets the commit index stand still before starting a round.
inline constexpr std::chrono::milliseconds min_patience{500};
inline constexpr std::chrono::milliseconds max_patience{16'000};
// Callers are kept waiting for a view this long, then refused.
inline constexpr std::chrono::seconds view_grace{3};

struct Replica::Impl {
    Impl(const Settings& settings_in, Recovered recovered, const StateMachine& state_in);

    // One for each kind of event (replica.cpp says which file).
    void on(ConfigurationChanged& event);
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

    // views.cpp
    void commit_what_a_sole_voter_has();
    void start_round(std::uint64_t number);
    void say_hello_once_flushed();
    void consider_leading();
    void propose_view(const VoterList& voters);
    void follow(ViewState next);
    void count_accept(ViewState& candidate, const Voter& voter);
    void follow_refused();
    void open_view();
    void give_up_view();
    [[nodiscard]] bool could_elect() const;
    [[nodiscard]] bool view_open() const { return current && current->open && !electing; }
    [[nodiscard]] bool leading() const {
        return view_open() && current->view.leader == settings.node;
    }

    // ordering.cpp
    void propose_waiting();
    void propose(std::uint64_t sequence);
    void order(const RequestId& request, wire::Draft draft);
    void append_as_leader(const RequestId& request, wire::Draft draft);
    void append_first_entry();
    void expire_lock_before(const wire::Draft& draft);
    void multicast_appends();
    [[nodiscard]] wire::Append::Item item_for(const wire::Entry& entry);
    void multicast_body(const RequestId& request, const std::string& bytes);

    // following.cpp
    void append_from_leader(const wire::Append& append);
    bool append_item(const wire::Append::Item& item);
    [[nodiscard]] std::optional<wire::Draft> draft_for(const wire::Append::Item& item);
    bool reach_place(LogIndex first);

    // durability.cpp
    void report_durable();
    void advance_commit();
    void commit_up_to(LogIndex index);
    void cut_log_after(LogIndex index);
    void refuse_from(LogIndex from);

    // replica.cpp
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

    // Of the step under way.
    MonotonicTime now;
    Actions out;

    Log log;
    LogIndex durable;    // of our log, on our disk
    LogIndex committed;  // handed out to be applied
    // What the disk may still hold above our log. It goes with the next append: until then a
    // restart may find it again, which is as if it had not been cut yet.
    std::optional<LogIndex> cut_due;
    View promise;
    View promise_on_disk;
    LogIndex settled;               // requests up to here are known from `state`
    std::set<RequestId> unapplied;  // those of the log's entries after it

    std::vector<NodeId> members;
    bool quorate = false;

    Round round;
    bool electing = false;        // a round is under way; nothing is ordered
    bool hello_due = false;       // waits for the log to be flushed
    bool proposed = false;        // our VIEW of this round is out
    std::optional<View> my_view;  // the last view that we proposed, in this daemon run

    std::optional<ViewState> current;  // the view promised
    std::optional<ViewState> refused;  // one we did not accept, which may open all the same

    // The leader's.
    LogIndex sent;                    // up to here entries were multicast
    std::size_t appends_in_ring = 0;  // our APPENDs not delivered back to us yet
    LockClock lock_clock;
    std::optional<LogIndex> clock_read;  // state.applied at the last look at the locks

    Bodies bodies;
    OwnRequests requests;

    // Patience with whoever holds up what waits.
    std::chrono::milliseconds patience = min_patience;
    MonotonicTime progress;                  // the last commit or round, or when waiting began
    std::optional<MonotonicTime> view_lost;  // nothing while one is open
};

}  // namespace pmx::replica
