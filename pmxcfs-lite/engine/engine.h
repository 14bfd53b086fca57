// The event loop that owns the core: it feeds the replica, carries out its actions, applies what is
// committed and answers the callers.
//
// One loop thread, one disk thread (disk_writer.h). The tree is changed on the loop thread alone,
// under a lock that readers share.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "engine/checkpointer.h"
#include "engine/disk_writer.h"
#include "engine/task_queue.h"
#include "engine/waiting_callers.h"
#include "ports/group_channel.h"
#include "ports/invalidator.h"
#include "ports/log_store.h"
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
    // The disk failed: say so and end the process, without writing anything more.
    std::function<void(const Error&)> fatal;
};

class Engine final : public ports::Store, private ports::GroupEvents {
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
    void submit(tree::Op op, wire::Actor actor, Completion done) override;
    void sync(Completion done) override;
    [[nodiscard]] Code writable() const override { return writable_; }
    [[nodiscard]] ports::StoreStatus status() const override;
    [[nodiscard]] NodeId node() const override { return identity_.node; }
    [[nodiscard]] const std::string& node_name() const override { return identity_.node_name; }
    Result<std::vector<ports::HistoryRecord>> history(const ports::HistoryQuery& query) override;

  private:
    struct Submission {
        wire::EntryKind kind = wire::EntryKind::change;
        std::string op;
        wire::Actor actor;
        WallTime time;
        std::uint64_t sequence = 0;
    };

    Engine(Options options, ports::Identity identity, replica::StateMachine state,
           std::unique_ptr<ports::LogStore> disk, std::unique_ptr<ports::GroupChannel> channel,
           const Clock& clock);

    void delivered(NodeId sender, std::string_view message) override;
    void configuration_changed(const std::vector<NodeId>& members, bool quorate) override;

    void run();
    void wait_for_events();
    void dispatch_channel();
    void tick();
    void enqueue(Submission submission, std::chrono::milliseconds timeout, Completion done);
    void propose_backlog();

    void step(replica::Event event);
    void carry_out(replica::Actions actions);
    void persist(replica::Actions& actions);
    void persisted(const std::optional<View>& promise, const std::optional<LogIndex>& last,
                   Code result, std::uint64_t generation);
    void take_back_unwritten(std::uint64_t generation);
    void multicast(std::vector<std::string> messages);
    void send_outgoing();
    void apply(const std::vector<wire::EntryPtr>& entries);
    void answer(const ports::Committed& committed, Inode inode);
    void after_all_is_written(std::function<void()> then);
    void begin_checkpoint();
    void finish_checkpoint(const replica::Base& base, Code result, std::uint64_t generation);
    void publish();
    void finish();

    template <typename Value>
    std::optional<Value> ask_loop(std::function<Value()> question,
                                  std::chrono::milliseconds timeout) const;
    [[nodiscard]] ports::StoreStatus describe() const;
    [[nodiscard]] bool is_own(const RequestId& request) const;

    Options options_;
    const ports::Identity identity_;
    const Clock& clock_;
    const WallTime started_;
    std::unique_ptr<ports::LogStore> disk_;
    std::unique_ptr<ports::GroupChannel> channel_;
    std::vector<ports::Invalidator*> invalidators_;

    mutable std::shared_mutex tree_mutex_;  // guards state_.tree against readers
    replica::StateMachine state_;
    std::unique_ptr<replica::Replica> replica_;
    Checkpointer checkpointer_;
    WaitingCallers waiting_;
    std::deque<Submission> backlog_;    // beyond what may be in flight
    std::deque<std::string> outgoing_;  // what the channel did not take yet
    std::optional<MonotonicTime> wake_at_;
    MonotonicTime last_tick_;
    std::uint64_t next_sequence_ = 1;
    std::uint64_t disk_generation_ = 0;
    std::optional<std::string> last_failure_;
    std::vector<std::function<void()>> after_checkpoint_;
    bool configured_ = false;  // the channel gave its first configuration

    std::atomic<Code> writable_{Code::read_only};
    std::atomic<bool> stopping_{false};
    mutable TaskQueue tasks_;
    UniqueFd epoll_;
    std::unique_ptr<DiskWriter> writer_;
    std::thread loop_;
};

}  // namespace pmx::engine
