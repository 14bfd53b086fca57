// What callers on other threads ask of the loop.
#include <future>
#include <string>
#include <utility>

#include "base/log.h"
#include "engine/engine.h"

namespace pmx::engine {
namespace {

using std::chrono::milliseconds;

// The loop answers in microseconds; one that does not is stuck, and status must say so.
constexpr milliseconds loop_answer_timeout{2'000};

constexpr std::chrono::hours longest_sync{1};

ports::SubmitResult only(Code code) {
    return {.result = code, .index = {}, .inode = {}};
}

std::string why_read_only(const std::string& damage, Code writable) {
    if (!damage.empty()) return damage;
    if (writable == Code::ok) return {};
    return "there is no open view: without quorum, or still choosing a leader";
}

}  // namespace

ports::TreeView Engine::read() const {
    return {tree_mutex_, state_.tree};
}

void Engine::submit(tree::Op op, wire::Actor actor, Completion done) {
    Submission submission;
    submission.op = tree::encode(op);
    submission.actor = std::move(actor);
    submission.time = clock_.wall();
    if (submission.op.size() > wire::max_op_bytes) return done(only(Code::file_too_large));
    if (const Code code = writable_; code != Code::ok) return done(only(code));
    enqueue(std::move(submission), options_.write_timeout, std::move(done));
}

void Engine::sync(Completion done) {
    Submission submission;
    submission.kind = wire::EntryKind::barrier;
    submission.time = clock_.wall();
    enqueue(std::move(submission), longest_sync, std::move(done));
}

void Engine::enqueue(Submission submission, milliseconds timeout, Completion done) {
    // The task owns the completion, unless the queue is closed and it never runs.
    auto shared_done = std::make_shared<Completion>(std::move(done));
    auto task = [this, timeout, submission = std::move(submission), shared_done]() mutable {
        if (!options_.read_only_reason.empty()) return (*shared_done)(only(Code::read_only));
        submission.sequence = next_sequence_++;
        waiting_.add(submission.sequence, clock_.monotonic() + timeout, std::move(*shared_done));
        backlog_.push_back(std::move(submission));
        propose_backlog();
    };
    if (!tasks_.post(std::move(task))) (*shared_done)(only(Code::shutting_down));
}

void Engine::propose_backlog() {
    while (!backlog_.empty()) {
        const Code code = replica_->writable(clock_.monotonic());
        // A barrier waits for a view to open; a change is refused by the replica when none comes.
        const bool barrier = backlog_.front().kind == wire::EntryKind::barrier;
        if (code == Code::busy || (barrier && code != Code::ok)) return;
        Submission submission = std::move(backlog_.front());
        backlog_.pop_front();
        step(replica::Propose{.sequence = submission.sequence,
                              .kind = submission.kind,
                              .time = submission.time,
                              .actor = std::move(submission.actor),
                              .op = std::move(submission.op)});
    }
}

ports::SubmitResult Engine::submit_and_wait(tree::Op op, wire::Actor actor) {
    std::promise<ports::SubmitResult> promise;
    auto future = promise.get_future();
    submit(std::move(op), std::move(actor),
           [&promise](const ports::SubmitResult& result) { promise.set_value(result); });
    return future.get();
}

template <typename Value>
std::optional<Value> Engine::ask_loop(std::function<Value()> question, milliseconds timeout) const {
    auto promise = std::make_shared<std::promise<Value>>();
    auto future = promise->get_future();
    if (!tasks_.post(
            [promise, question = std::move(question)] { promise->set_value(question()); })) {
        return std::nullopt;
    }
    if (future.wait_for(timeout) != std::future_status::ready) return std::nullopt;
    return future.get();
}

bool Engine::responds(milliseconds timeout) {
    return ask_loop<bool>([] { return true; }, timeout).has_value();
}

bool Engine::wait_until_current(milliseconds timeout) {
    // The barrier may be answered after this gave up on it.
    auto answer = std::make_shared<std::promise<Code>>();
    auto future = answer->get_future();
    sync([answer](const ports::SubmitResult& result) { answer->set_value(result.result); });
    return future.wait_for(timeout) == std::future_status::ready && future.get() == Code::ok;
}

Result<void> Engine::become_writable(std::function<Result<void>(ports::LogStore&)> confirm) {
    // The disk thread has nothing to do while the store is read-only, so the loop may use the disk.
    auto confirmed = ask_loop<Result<void>>(
        [this, confirm = std::move(confirm)] {
            Result<void> result = confirm(*disk_);
            if (result) options_.read_only_reason.clear();
            return result;
        },
        options_.write_timeout);
    return confirmed.value_or(fail(Code::timed_out, "the event loop does not answer"));
}

ports::StoreStatus Engine::describe() const {
    ports::StoreStatus status;
    status.identity = identity_;
    status.replica = replica_->status();
    status.applied = state_.applied;
    status.totals = state_.tree.totals();
    status.writable = writable_;
    status.read_only_reason = why_read_only(options_.read_only_reason, writable_);
    status.last_failure = last_failure_;
    status.started = started_;
    return status;
}

ports::StoreStatus Engine::status() const {
    auto status = ask_loop<ports::StoreStatus>([this] { return describe(); }, loop_answer_timeout);
    if (status) return *status;
    ports::StoreStatus stuck;
    stuck.identity = identity_;
    stuck.writable = Code::read_only;
    stuck.read_only_reason = "the daemon's event loop does not answer; the watchdog will end it";
    stuck.started = started_;
    return stuck;
}

void Engine::after_all_is_written(std::function<void()> then) {
    if (checkpointer_.in_progress()) {
        // It may have begun before the newest change.
        after_checkpoint_.push_back([this, then] { after_all_is_written(then); });
    } else if (options_.read_only_reason.empty() && checkpointer_.anything_waiting()) {
        begin_checkpoint();
        after_checkpoint_.push_back(std::move(then));
    } else {
        then();
    }
}

Result<std::vector<ports::HistoryRecord>> Engine::history(const ports::HistoryQuery& query) {
    // History reaches the disk with a checkpoint. When none can be written (the disk is full), what
    // the disk has is the best answer there is.
    auto written = std::make_shared<std::promise<void>>();
    auto future = written->get_future();
    const bool posted =
        tasks_.post([this, written] { after_all_is_written([written] { written->set_value(); }); });
    if (posted) future.wait_for(options_.write_timeout);
    return disk_->history(query);
}

}  // namespace pmx::engine
