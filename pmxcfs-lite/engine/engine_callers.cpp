// What callers on other threads ask of the loop.
#include <algorithm>
#include <future>
#include <iterator>
#include <string>
#include <utility>

#include "base/log.h"
#include "engine/engine.h"
#include "ports/history_filter.h"
#include "tree/only_removes.h"

namespace pmx::engine {
namespace {

using std::chrono::milliseconds;

// The loop answers in microseconds; one that does not is stuck, and status must say so.
constexpr milliseconds loop_answer_timeout{2'000};

constexpr std::chrono::hours longest_sync{1};
constexpr std::chrono::seconds longest_wait_for_history{20};
constexpr int removal_attempts = 100;

ports::SubmitResult only(Code code) {
    return {.result = code, .index = {}, .inode = {}};
}

}  // namespace

ports::TreeView Engine::read() const {
    return {tree_mutex_, state_.tree};
}

std::uint32_t Engine::level() const {
    const std::shared_lock lock(tree_mutex_);
    return state_.level;
}

void Engine::submit(tree::Op op, wire::Actor actor, Patience patience, Completion done) {
    Submission submission;
    submission.op = tree::encode(op);
    submission.actor = std::move(actor);
    submission.time = clock_.wall();
    submission.waits_for_view = patience == Patience::patient;
    if (submission.op.size() > wire::max_op_bytes) return done(only(Code::file_too_large));
    const Code code = writable_;
    if (code != Code::ok && !submission.waits_for_view) return done(only(code));
    if (tree::only_removes(op)) done = trying_again(submission, std::move(done), removal_attempts);
    enqueue(std::move(submission), options_.write_timeout, std::move(done));
}

// A save that finds no room takes what was queued behind it with it, removals included. They have
// room of their own.
ports::Store::Completion Engine::trying_again(const Submission& submission, Completion done,
                                              int attempts) {
    return [this, submission, done = std::move(done),
            attempts](const ports::SubmitResult& result) mutable {
        if (result.result != Code::no_space || attempts == 0) return done(result);
        enqueue(submission, options_.write_timeout,
                trying_again(submission, std::move(done), attempts - 1));
    };
}

void Engine::sync(Completion done) {
    auto shared_done = std::make_shared<Completion>(std::move(done));
    auto task = [this, shared_done] { syncs_.join(std::move(*shared_done)); };
    if (!tasks_.post(std::move(task))) (*shared_done)(only(Code::shutting_down));
}

void Engine::order_barrier(Completion done) {
    Submission submission;
    submission.kind = wire::EntryKind::barrier;
    submission.waits_for_view = true;
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
        if (code == Code::busy) return;
        if (code != Code::ok) return refuse_backlog(code);
        Submission submission = std::move(backlog_.front());
        backlog_.pop_front();
        if (!waiting_.has(submission.sequence)) continue;  // its time is over
        step(replica::Propose{.sequence = submission.sequence,
                              .kind = submission.kind,
                              .time = submission.time,
                              .actor = std::move(submission.actor),
                              .op = std::move(submission.op)});
    }
}

void Engine::refuse_backlog(Code code) {
    std::erase_if(backlog_, [&](const Submission& submission) {
        if (submission.waits_for_view) return !waiting_.has(submission.sequence);
        waiting_.answer(submission.sequence, only(code));
        return true;
    });
}

ports::SubmitResult Engine::submit_and_wait(tree::Op op, wire::Actor actor) {
    std::promise<ports::SubmitResult> promise;
    auto future = promise.get_future();
    submit(std::move(op), std::move(actor), Patience::none,
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
            if (!result) return result;
            options_.read_only_reason.clear();
            watch(channel_->event_fd());
            return result;
        },
        options_.write_timeout);
    return confirmed.value_or(fail(Code::timed_out, "the event loop does not answer"));
}

void Engine::force_quorum(wire::Actor actor, Completion done) {
    auto shared_done = std::make_shared<Completion>(std::move(done));
    auto task = [this, actor = std::move(actor), shared_done]() mutable {
        if (!options_.read_only_reason.empty()) {
            return (*shared_done)(only(Code::read_only));
        }
        const replica::Status status = replica_->status();
        if (status.open_view && status.quorate) {
            return (*shared_done)(only(Code::invalid_argument));  // there is nothing to force
        }
        if (auto forced = channel_->force_quorum(); !forced) {
            note_failure(forced.error().message());
            return (*shared_done)(only(forced.error().code()));
        }
        const std::uint64_t sequence = next_sequence_++;
        forced_.push_back(sequence);
        waiting_.add(sequence, clock_.monotonic() + options_.write_timeout,
                     std::move(*shared_done));
        step(replica::ForceQuorum{clock_.wall(), std::move(actor)});
    };
    if (!tasks_.post(std::move(task))) (*shared_done)(only(Code::shutting_down));
}

void Engine::answer_forced() {
    if (forced_.empty()) return;
    const replica::Status status = replica_->status();
    std::erase_if(forced_, [&](std::uint64_t sequence) {
        if (status.open_view && !status.forcing) waiting_.answer(sequence, only(Code::ok));
        return !waiting_.has(sequence);
    });
}

Result<std::vector<ports::RejectedChange>> Engine::rejected() {
    wait_until_written();  // and with it, which of them happened after all
    return disk_->rejected();
}

Result<void> Engine::forget_rejected(std::vector<RequestId> requests) {
    return write_and_wait([this, requests = std::move(requests)] {
        for (const RequestId& request : requests)
            rejected_.erase(request);
        ports::WriteBatch batch;
        batch.no_longer_rejected = requests;
        return batch;
    });
}

Result<void> Engine::found_cluster() {
    if (identity_.mode == ports::Mode::cluster) return fail(Code::already_exists);
    return write_and_wait([this] {
        ports::WriteBatch batch;
        batch.identity = identity();
        batch.identity->mode = ports::Mode::cluster;
        return batch;
    });
}

// What no entry of the log is. `make` is called on the loop thread.
Result<void> Engine::write_and_wait(std::function<ports::WriteBatch()> make) {
    auto written = std::make_shared<std::promise<Code>>();
    auto future = written->get_future();
    const bool posted = tasks_.post([this, written, make = std::move(make)] {
        if (!options_.read_only_reason.empty()) return written->set_value(Code::read_only);
        DiskWriter::Request request;
        request.generation = disk_generation_;
        request.batch = make();
        request.done = [this, written](Code result, std::uint64_t generation) {
            written->set_value(result);
            if (result != Code::ok) tasks_.post([this, generation] { disk_was_full(generation); });
        };
        writer_->enqueue(std::move(request));
    });
    if (!posted) return fail(Code::shutting_down);
    if (future.wait_for(options_.write_timeout) != std::future_status::ready) {
        return fail(Code::timed_out, "the disk does not answer");
    }
    const Code code = future.get();
    if (code != Code::ok) return fail(code);
    return {};
}

ports::StoreStatus Engine::describe() const {
    ports::StoreStatus status;
    status.identity = identity();
    status.membership = membership();
    status.replica = replica_->status();
    status.taken = clock_.monotonic();
    status.applied = state_.applied;
    status.totals = state_.tree.totals();
    status.writable = writable_;
    status.read_only_reason = options_.read_only_reason;
    status.rejected_requests = rejected_.size();
    status.warnings = clocks_.warnings();
    status.last_failure = last_failure_;
    status.started = started_;
    return status;
}

ports::StoreStatus Engine::status() const {
    auto status = ask_loop<ports::StoreStatus>([this] { return describe(); }, loop_answer_timeout);
    if (status) return *status;
    ports::StoreStatus stuck;
    stuck.identity = identity_;
    stuck.membership = membership();
    stuck.taken = clock_.monotonic();
    stuck.writable = Code::read_only;
    stuck.read_only_reason = "the daemon's event loop does not answer; the watchdog will end it";
    stuck.started = started_;
    return stuck;
}

Result<std::vector<ports::HistoryRecord>> Engine::history(const ports::HistoryQuery& query) {
    if (!history_readers_.try_acquire_for(longest_wait_for_history)) {
        return fail(Code::busy, "others are reading the history: try again");
    }
    auto records = read_history(query);
    history_readers_.release();
    return records;
}

// The newest are not in the disk's tables yet, but in memory; making a checkpoint for each who asks
// would hold up whoever saves.
Result<std::vector<ports::HistoryRecord>> Engine::read_history(const ports::HistoryQuery& query) {
    using Records = std::vector<ports::HistoryRecord>;
    const auto recent = ask_loop<Records>([this] { return checkpointer_.unwritten_history(); },
                                          loop_answer_timeout);
    Records records;
    ports::HistoryQuery older = query;
    if (recent && !recent->empty()) older.before = std::min(query.before, recent->front().index);
    for (auto record = recent ? recent->rbegin() : Records::const_reverse_iterator();
         recent && record != recent->rend(); ++record) {
        if (records.size() == query.limit) return records;
        if (record->index < query.before && ports::asks_for(query, record->change)) {
            records.push_back(*record);
        }
    }
    older.limit = query.limit - records.size();
    auto stored = disk_->history(older);
    if (!stored) return stored;
    records.insert(records.end(), std::make_move_iterator(stored->begin()),
                   std::make_move_iterator(stored->end()));
    return records;
}

}  // namespace pmx::engine
