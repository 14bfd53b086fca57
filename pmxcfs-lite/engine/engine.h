// The event loop that owns the core: it feeds the replica, carries out its actions, applies what is
// committed and answers the callers.
//
// One loop thread, one disk thread (disk_writer.h). The tree is changed on the loop thread alone,
// under a lock that readers share.
//
//   engine.cpp           the loop, and what the group says
//   engine_actions.cpp   carrying out what the replica decides
//   engine_snapshot.cpp  a snapshot in the place of tree and log
//   engine_writing.cpp   checkpoints, and what else reaches the disk behind the log
//   engine_callers.cpp   what other threads ask of the loop
//   engine_members.cpp   what daemons ask each other outside the log
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <semaphore>
#include <set>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "engine/checkpointer.h"
#include "engine/clock_watch.h"
#include "engine/disk_writer.h"
#include "engine/membership_board.h"
#include "engine/peer_questions.h"
#include "engine/state_journal.h"
#include "engine/sync_desk.h"
#include "engine/task_queue.h"
#include "engine/waiting_callers.h"
#include "ports/group_channel.h"
#include "ports/invalidator.h"
#include "ports/log_store.h"
#include "ports/members.h"
#include "ports/store.h"
#include "replica/replica.h"

namespace pmx::engine {

struct Options {
    std::chrono::milliseconds write_timeout{30'000};
    Boot boot;
    HistoryLimits history;
    // Not empty: the tree is served as it was stored, and nothing is written. A sentence for a
    // person, saying why and what would mend it.
    std::string read_only_reason;
    // Says why and ends the process, without writing anything more; must not return. Any thread.
    std::function<void(const std::string& why)> end;
};

class Engine final : public ports::Store, public ports::Members, private ports::GroupEvents {
  public:
    // Code::corrupt when the stored nodes make no tree or not the one the base's digest tells.
    static Result<std::unique_ptr<Engine>> create(Options options, ports::StoredState stored,
                                                  std::unique_ptr<ports::LogStore> disk,
                                                  std::unique_ptr<ports::GroupChannel> channel,
                                                  const Clock& clock);
    ~Engine() override;

    // Before start(). Invalidators outlive the engine or its stop().
    void add_invalidator(ports::Invalidator& invalidator);
    void start();
    // Answers who waits with shutting_down, writes a last checkpoint. Nothing is lost without it.
    void stop();

    // Waits until the tree shows all that was ever acknowledged, and a write can succeed; false
    // when that did not come in time. Before it, a start shows the state of the last checkpoint.
    [[nodiscard]] bool wait_until_current(std::chrono::milliseconds timeout);
    // The loop does its rounds: what the watchdog wants to know.
    [[nodiscard]] bool responds(std::chrono::milliseconds timeout);
    // Ends the read-only service of a damaged store, once `confirm` has said so on its disk.
    Result<void> become_writable(std::function<Result<void>(ports::LogStore&)> confirm);

    // submit() for callers that may wait.
    ports::SubmitResult submit_and_wait(tree::Op op, wire::Actor actor);

    [[nodiscard]] ports::TreeView read() const override;
    void submit(tree::Op op, wire::Actor actor, Patience patience, Completion done) override;
    void sync(Completion done) override;
    [[nodiscard]] std::uint32_t level() const override;
    [[nodiscard]] Code writable() const override { return writable_; }
    [[nodiscard]] ports::StoreStatus status() const override;
    [[nodiscard]] ports::Membership membership() const override { return membership_.current(); }
    [[nodiscard]] NodeId node() const override { return identity_.node; }
    [[nodiscard]] const std::string& node_name() const override { return identity_.node_name; }
    void force_quorum(wire::Actor actor, Completion done) override;
    Result<void> found_cluster() override;
    Result<std::vector<ports::RejectedChange>> rejected() override;
    Result<void> forget_rejected(std::vector<RequestId> requests) override;
    Result<std::vector<ports::HistoryRecord>> history(const ports::HistoryQuery& query) override;

    void ask(NodeId node, std::string request, std::chrono::milliseconds timeout,
             Done done) override;
    void answer_with(Answerer answerer) override;

  private:
    struct Submission {
        wire::EntryKind kind = wire::EntryKind::change;
        std::string op;
        wire::Actor actor;
        WallTime time;
        std::uint64_t sequence = 0;
        bool waits_for_view = false;  // else refused when none is open
    };
    // What a transaction of the log was to store.
    struct LogWrite {
        std::optional<View> promise;
        std::optional<LogIndex> last;
        ClusterId cluster;
        std::vector<ports::RejectedChange> rejected;
    };
    struct Snapshot;  // engine_snapshot.cpp

    Engine(Options options, ports::Identity identity, replica::StateMachine state,
           std::unique_ptr<ports::LogStore> disk, std::unique_ptr<ports::GroupChannel> channel,
           const Clock& clock);

    void delivered(NodeId sender, std::string_view message) override;
    void heard(NodeId sender, wire::PeerMessage message);
    void configuration_changed(const ports::Configuration& configuration) override;
    void nodes_listed(const ports::NodeList& list) override;

    void watch(int fd);
    void run();
    void wait_for_events();
    void dispatch_channel();
    void tick();
    void enqueue(Submission submission, std::chrono::milliseconds timeout, Completion done);
    void propose_backlog();
    void refuse_backlog(Code code);

    void step(replica::Event event);
    void carry_out(replica::Actions actions);
    void persist(replica::Actions& actions);
    void persisted(const LogWrite& write, Code result, std::uint64_t generation);
    [[nodiscard]] std::vector<ports::RejectedChange> newly_rejected(
        const replica::Actions& actions);
    void note_failure(std::string text);
    void tell_failure(const char* doing, const Error& error);
    void take_back_unwritten(std::uint64_t generation);
    void disk_was_full(std::uint64_t generation);
    Result<void> write_and_wait(std::function<ports::WriteBatch()> make);
    void settle_rejected();
    void keep_aside(std::vector<tree::Node> nodes);
    void renew_disk();
    void multicast(std::vector<std::string> messages);
    void send_outgoing();
    void apply(const std::vector<wire::EntryPtr>& entries);
    void tell(ports::Committed& committed);
    void answer(const ports::Committed& committed, Inode inode);
    void observe_clock(const wire::Entry& entry);

    void begin_install(replica::Install install);
    Result<void> prepare_install(Snapshot& snapshot, ports::WriteBatch& batch);
    [[nodiscard]] std::vector<ports::RejectedChange> rejected_by(const Snapshot& snapshot) const;
    void add_what_no_entry_tells(std::vector<ports::RejectedChange>& rejected,
                                 std::vector<replica::RequestResults::Lost> lost) const;
    void finish_install(Snapshot& snapshot, Code result, std::uint64_t generation);
    void refuse_install();

    void order_barrier(Completion done);
    Completion trying_again(const Submission& submission, Completion done, int attempts);
    Result<std::vector<ports::HistoryRecord>> read_history(const ports::HistoryQuery& query);
    void after_all_is_written(std::function<void()> then);
    void run_after_checkpoint();
    void wait_until_written();
    void begin_checkpoint();
    void finish_checkpoint(const replica::Base& base, const std::vector<RequestId>& done,
                           Code result, std::uint64_t generation);
    void publish();
    void answer_forced();
    void finish();

    template <typename Value>
    std::optional<Value> ask_loop(std::function<Value()> question,
                                  std::chrono::milliseconds timeout) const;
    [[nodiscard]] ports::StoreStatus describe() const;
    [[nodiscard]] bool is_own(const RequestId& request) const;
    [[nodiscard]] ports::Identity identity() const;

    Options options_;
    const ports::Identity identity_;  // as it was at start
    MembershipBoard membership_;
    const Clock& clock_;
    const WallTime started_;
    std::unique_ptr<ports::LogStore> disk_;
    std::unique_ptr<ports::GroupChannel> channel_;
    std::vector<ports::Invalidator*> invalidators_;

    // What of the identity comes later, and whether it is on disk.
    ClusterId cluster_;
    ClusterId stored_cluster_;

    mutable std::shared_mutex tree_mutex_;  // guards state_.tree against readers
    replica::StateMachine state_;
    std::unique_ptr<replica::Replica> replica_;
    Checkpointer checkpointer_;
    WaitingCallers waiting_;
    SyncDesk syncs_{[this](Completion done) { order_barrier(std::move(done)); }};
    PeerQuestions questions_;
    Answerer answerer_;
    std::deque<Submission> backlog_;    // beyond what may be in flight
    std::deque<std::string> outgoing_;  // what the channel did not take yet
    std::optional<MonotonicTime> wake_at_;
    MonotonicTime last_tick_;
    std::uint64_t next_sequence_ = 1;
    std::uint64_t disk_generation_ = 0;
    std::optional<ports::Failure> last_failure_;
    std::map<std::string, MonotonicTime> told_failures_;  // in the log, lately
    std::vector<std::function<void()>> after_checkpoint_;
    bool installing_ = false;  // no checkpoint until it is over
    bool renewing_ = false;
    // Who reads the history at once: each keeps the disk busy for a while.
    static constexpr int max_history_readers = 2;
    std::counting_semaphore<max_history_readers> history_readers_{max_history_readers};

    // Of changes that lost out: whose they are, which the disk had no room for, which happened
    // after all.
    std::set<RequestId> rejected_;
    std::vector<ports::RejectedChange> rejected_unstored_;
    std::vector<RequestId> no_longer_rejected_;

    std::vector<std::uint64_t> forced_;  // who forced quorum, and waits for a view
    bool view_seen_ = false;             // one was open since the start
    std::optional<View> steady_view_;    // open a second ago, with this node in step
    ClockWatch clocks_;
    StateJournal journal_;

    std::atomic<Code> writable_{Code::read_only};
    std::atomic<bool> stopping_{false};
    mutable TaskQueue tasks_;
    UniqueFd epoll_;
    std::unique_ptr<DiskWriter> writer_;
    std::thread loop_;
};

}  // namespace pmx::engine
