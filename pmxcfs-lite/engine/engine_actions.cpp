// Carrying out what the replica decides.
#include <algorithm>
#include <mutex>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "engine/engine.h"

namespace pmx::engine {

void Engine::step(replica::Event event) {
    carry_out(replica_->step(std::move(event), clock_.monotonic()));
}

void Engine::carry_out(replica::Actions actions) {
    persist(actions);
    multicast(std::move(actions.multicast));
    apply(actions.committed);
    for (const replica::Refused& refused : actions.refused) {
        waiting_.answer(refused.sequence, {.result = refused.reason, .index = {}, .inode = {}});
    }
    if (actions.wake_at) {
        wake_at_ = wake_at_ ? std::min(*wake_at_, *actions.wake_at) : *actions.wake_at;
    }
}

void Engine::persist(replica::Actions& actions) {
    if (!actions.save_promise && !actions.cut_after && actions.append.empty()) return;
    DiskWriter::Request request;
    request.generation = disk_generation_;
    request.batch.promise = actions.save_promise;
    request.batch.cut_after = actions.cut_after;
    request.batch.append = std::move(actions.append);
    std::optional<LogIndex> last;
    if (!request.batch.append.empty()) last = request.batch.append.back()->index;
    request.done = [this, promise = actions.save_promise, last](Code result,
                                                                std::uint64_t generation) {
        tasks_.post([=, this] { persisted(promise, last, result, generation); });
    };
    writer_->enqueue(std::move(request));
}

void Engine::persisted(const std::optional<View>& promise, const std::optional<LogIndex>& last,
                       Code result, std::uint64_t generation) {
    if (result == Code::ok) {
        if (promise) step(replica::PromiseFlushed{*promise});
        if (last) step(replica::LogFlushed{*last});
        return;
    }
    last_failure_ = "the disk under the state directory is full";
    // A promise that was not stored is asked for again by the next round.
    take_back_unwritten(generation);
}

// Several requests may have failed together: the first that says so, whatever it was, tells the
// replica about all entries that are not on the disk.
void Engine::take_back_unwritten(std::uint64_t generation) {
    if (generation <= disk_generation_) return;
    disk_generation_ = generation;
    step(replica::LogAppendFailed{next(replica_->status().durable)});
}

void Engine::multicast(std::vector<std::string> messages) {
    for (std::string& message : messages)
        outgoing_.push_back(std::move(message));
    send_outgoing();
}

void Engine::send_outgoing() {
    while (!outgoing_.empty()) {
        auto sent = channel_->multicast(outgoing_.front());
        if (!sent && sent.error().code() == Code::busy) return;
        if (!sent) {
            last_failure_ = sent.error().message();
            log::error("cannot send to the group: " + *last_failure_);
        }
        outgoing_.pop_front();
    }
}

void Engine::apply(const std::vector<wire::EntryPtr>& entries) {
    if (entries.empty()) return;
    std::vector<tree::Outcome> outcomes;
    outcomes.reserve(entries.size());
    {
        const std::unique_lock lock(tree_mutex_);
        for (const wire::EntryPtr& entry : entries)
            outcomes.push_back(state_.apply(*entry));
    }
    for (std::size_t i = 0; i < entries.size(); ++i) {
        ports::Committed committed;
        committed.entry = entries[i];
        committed.own = is_own(entries[i]->request);
        committed.result = outcomes[i].result;
        committed.changes = std::move(outcomes[i].changes);
        checkpointer_.note(committed);
        for (ports::Invalidator* invalidator : invalidators_)
            invalidator->committed(committed);
        answer(committed, outcomes[i].inode);
    }
}

void Engine::answer(const ports::Committed& committed, Inode inode) {
    if (!committed.own) return;
    waiting_.answer(committed.entry->request.sequence,
                    {.result = committed.result, .index = committed.entry->index, .inode = inode});
}

bool Engine::is_own(const RequestId& request) const {
    return request.node == identity_.node && request.boot == options_.boot;
}

void Engine::begin_checkpoint() {
    if (checkpointer_.in_progress() || !checkpointer_.anything_waiting()) return;
    DiskWriter::Request request;
    request.generation = disk_generation_;
    const replica::Base base = replica_->base();
    request.batch.checkpoint = checkpointer_.begin(state_.tree, base);
    request.done = [this, base](Code result, std::uint64_t generation) {
        tasks_.post([=, this] { finish_checkpoint(base, result, generation); });
    };
    writer_->enqueue(std::move(request));
}

void Engine::finish_checkpoint(const replica::Base& base, Code result, std::uint64_t generation) {
    checkpointer_.finished(result == Code::ok);
    if (result == Code::ok) {
        replica_->rebase(base);
    } else {
        last_failure_ = "the disk under the state directory is full";
    }
    for (auto& then : std::exchange(after_checkpoint_, {}))
        then();
    if (result != Code::ok) take_back_unwritten(generation);
}

void Engine::publish() {
    Code code = Code::read_only;
    if (options_.read_only_reason.empty()) {
        code = replica_->writable(clock_.monotonic());
        if (code == Code::busy) code = Code::ok;  // callers wait their turn in the backlog
    }
    writable_ = code;
}

}  // namespace pmx::engine
