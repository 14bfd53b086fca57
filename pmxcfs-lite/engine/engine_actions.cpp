// Carrying out what the replica decides.
#include <algorithm>
#include <mutex>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "engine/engine.h"
#include "engine/rejected_changes.h"

namespace pmx::engine {

void Engine::step(replica::Event event) {
    carry_out(replica_->step(std::move(event), clock_.monotonic()));
}

void Engine::carry_out(replica::Actions actions) {
    if (actions.stop) {
        options_.end(*actions.stop);
        PMX_CHECK(false, "the daemon went on after what cannot be");
    }
    persist(actions);
    if (actions.install) begin_install(std::move(*actions.install));
    keep_aside(std::move(actions.keep_aside));
    multicast(std::move(actions.multicast));
    apply(actions.committed);
    for (const replica::Refused& refused : actions.refused) {
        waiting_.answer(refused.sequence, {.result = refused.reason, .index = {}, .inode = {}});
    }
    for (const auto& [sequence, done] : actions.answered) {
        waiting_.answer(sequence,
                        {.result = done.result, .index = done.index, .inode = done.inode});
    }
    if (actions.wake_at) {
        wake_at_ = wake_at_ ? std::min(*wake_at_, *actions.wake_at) : *actions.wake_at;
    }
    if (actions.renew_disk) renew_disk();
}

void Engine::persist(replica::Actions& actions) {
    if (actions.adopt_cluster) cluster_ = *actions.adopt_cluster;
    const bool something = actions.adopt_cluster || actions.save_promise || actions.cut_after ||
                           !actions.append.empty();
    if (!something) return;
    DiskWriter::Request request;
    request.generation = disk_generation_;
    if (cluster_ != stored_cluster_) request.batch.identity = identity();
    request.batch.promise = actions.save_promise;
    request.batch.reject = newly_rejected(actions);
    request.batch.cut_after = actions.cut_after;
    request.batch.append = std::move(actions.append);
    LogWrite write{actions.save_promise, {}, cluster_, request.batch.reject};
    if (!request.batch.append.empty()) write.last = request.batch.append.back()->index;
    request.done = [this, write = std::move(write)](Code result, std::uint64_t generation) {
        tasks_.post([=, this] { persisted(write, result, generation); });
    };
    writer_->enqueue(std::move(request));
}

void Engine::persisted(const LogWrite& write, Code result, std::uint64_t generation) {
    if (result == Code::ok) {
        stored_cluster_ = write.cluster;
        if (write.promise) step(replica::PromiseFlushed{*write.promise});
        if (write.last) step(replica::LogFlushed{*write.last});
        return;
    }
    rejected_unstored_.insert(rejected_unstored_.end(), write.rejected.begin(),
                              write.rejected.end());
    // A promise that was not stored comes again, too.
    disk_was_full(generation);
}

std::vector<ports::RejectedChange> Engine::newly_rejected(const replica::Actions& actions) {
    std::vector<ports::RejectedChange> rejected = std::exchange(rejected_unstored_, {});
    if (actions.rejected.empty()) return rejected;
    PMX_CHECK(actions.cut_after, "entries that lost out without a cut");
    std::vector<ports::RejectedChange> lost =
        rejected_changes(state_, actions.rejected, *actions.cut_after);
    remove_what_is_done(lost, state_.results);
    if (!lost.empty()) write(StateJournal::lost(lost.size()));
    for (ports::RejectedChange& change : lost) {
        rejected_.insert(change.request);
        rejected.push_back(std::move(change));
    }
    return rejected;
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
        if (!sent) tell_failure("cannot send to the group: ", sent.error());
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
        tell(committed);
        answer(committed, outcomes[i].inode);
    }
}

void Engine::tell(ports::Committed& committed) {
    checkpointer_.note(committed);
    const RequestId& request = committed.entry->request;
    if (rejected_.erase(request) != 0) {
        no_longer_rejected_.push_back(request);
        std::erase_if(rejected_unstored_, [&](const ports::RejectedChange& change) {
            return change.request == request;
        });
    }
    if (!committed.own) observe_clock(*committed.entry);
    for (ports::Invalidator* invalidator : invalidators_)
        invalidator->committed(committed);
}

void Engine::answer(const ports::Committed& committed, Inode inode) {
    if (!committed.own) return;
    waiting_.answer(committed.entry->request.sequence,
                    {.result = committed.result, .index = committed.entry->index, .inode = inode});
}

// Only of what was asked for just now: an entry of a view that was open before, in step.
void Engine::observe_clock(const wire::Entry& entry) {
    const RequestId& request = entry.request;
    if (steady_view_ != entry.view || request == RequestId() || request.node == identity_.node) {
        return;
    }
    auto warning = clocks_.observe(request.node, entry.time, clock_.wall(), clock_.monotonic());
    if (warning) log::warning(*warning);
}

bool Engine::is_own(const RequestId& request) const {
    return request.node == identity_.node && request.boot == options_.boot;
}

ports::Identity Engine::identity() const {
    ports::Identity identity = identity_;
    identity.cluster = cluster_;
    return identity;
}

void Engine::publish() {
    Code code = Code::read_only;
    if (options_.read_only_reason.empty()) {
        // Until a first view there is nothing whose coming back would be worth waiting for.
        view_seen_ = view_seen_ || replica_->status().open_view.has_value();
        if (view_seen_) code = replica_->writable(clock_.monotonic());
        if (code == Code::busy) code = Code::ok;  // callers wait their turn in the backlog
        // No view opens on a disk without room; whoever frees some shall read what is wrong.
        const bool full = code == Code::read_only && writer_->full();
        if (full && membership().configuration.quorate) code = Code::no_space;
    }
    if (code != writable_) {
        if (auto line = journal_.writable(code, replica_->status())) write(*line);
    }
    writable_ = code;
}

}  // namespace pmx::engine
