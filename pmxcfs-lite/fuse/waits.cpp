#include "fuse/waits.h"

#include <cerrno>
#include <utility>

namespace pmx::fuse {

Waits::Ticket Waits::hold(fuse_req_t request) {
    // Before the request is known here: from then on another thread may answer and free it.
    fuse_req_interrupt_func(request, &Waits::on_interrupt, this);
    const std::lock_guard lock(mutex_);
    const Ticket ticket = next_++;
    if (stopped_) {
        fuse_reply_err(request, EIO);
        return ticket;
    }
    held_.emplace(ticket, request);
    tickets_.emplace(request, ticket);
    if (fuse_req_interrupted(request) != 0) answer_soon(ticket);
    return ticket;
}

void Waits::answer(Ticket ticket, const std::function<void(fuse_req_t)>& reply) {
    fuse_req_t request = take(ticket);
    if (request == nullptr) return;
    reply(request);
    const std::lock_guard lock(mutex_);
    --replying_;
    replied_.notify_all();
}

// The caller is replying from here on.
fuse_req_t Waits::take(Ticket ticket) {
    const std::lock_guard lock(mutex_);
    const auto held = held_.find(ticket);
    if (held == held_.end()) return nullptr;
    fuse_req_t request = held->second;
    held_.erase(held);
    tickets_.erase(request);
    ++replying_;
    return request;
}

// Called with locks of the request held: hence no answer from here.
void Waits::on_interrupt(fuse_req_t request, void* self) {
    auto& waits = *static_cast<Waits*>(self);
    const std::lock_guard lock(waits.mutex_);
    const auto found = waits.tickets_.find(request);
    if (found != waits.tickets_.end()) waits.answer_soon(found->second);
}

void Waits::answer_soon(Ticket ticket) {
    timer_.after(interrupt_grace, [this, ticket] {
        answer(ticket, [](fuse_req_t request) { fuse_reply_err(request, EINTR); });
    });
}

void Waits::stop() {
    std::unordered_map<Ticket, fuse_req_t> held;
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        held = std::exchange(held_, {});
        tickets_.clear();
    }
    for (const auto& [ticket, request] : held)
        fuse_reply_err(request, EIO);
    std::unique_lock lock(mutex_);
    replied_.wait(lock, [this] { return replying_ == 0; });
}

}  // namespace pmx::fuse
