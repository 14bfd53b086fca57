#include "fuse/waits.h"

#include <cerrno>
#include <utility>

namespace pmx::fuse {

Waits::Ticket Waits::hold(fuse_req_t request) {
    return hold({request, interrupt_grace, {}});
}

Waits::Ticket Waits::hold_interruptibly(fuse_req_t request, std::function<void()> given_up) {
    return hold({request, std::chrono::milliseconds(0), std::move(given_up)});
}

Waits::Ticket Waits::hold(Held held) {
    fuse_req_t request = held.request;
    // Before the request is known here: from then on another thread may answer and free it.
    fuse_req_interrupt_func(request, &Waits::on_interrupt, this);
    const std::lock_guard lock(mutex_);
    const Ticket ticket = next_++;
    if (stopped_) {
        fuse_reply_err(request, EIO);
        return ticket;
    }
    held_.emplace(ticket, std::move(held));
    tickets_.emplace(request, ticket);
    if (fuse_req_interrupted(request) != 0) answer_soon(ticket);
    return ticket;
}

bool Waits::answer(Ticket ticket, const std::function<void(fuse_req_t)>& reply) {
    Held held;
    if (!take(ticket, held)) return false;
    reply(held.request);
    const std::lock_guard lock(mutex_);
    --replying_;
    replied_.notify_all();
    return true;
}

void Waits::give_up(Ticket ticket) {
    Held held;
    if (!take(ticket, held)) return;
    fuse_reply_err(held.request, EINTR);
    if (held.given_up) held.given_up();
    const std::lock_guard lock(mutex_);
    --replying_;
    replied_.notify_all();
}

// True: the caller is replying from here on.
bool Waits::take(Ticket ticket, Held& held) {
    const std::lock_guard lock(mutex_);
    const auto found = held_.find(ticket);
    if (found == held_.end()) return false;
    held = std::move(found->second);
    held_.erase(found);
    tickets_.erase(held.request);
    ++replying_;
    return true;
}

// Called with locks of the request held: hence no answer from here.
void Waits::on_interrupt(fuse_req_t request, void* self) {
    auto& waits = *static_cast<Waits*>(self);
    const std::lock_guard lock(waits.mutex_);
    const auto found = waits.tickets_.find(request);
    if (found != waits.tickets_.end()) waits.answer_soon(found->second);
}

void Waits::answer_soon(Ticket ticket) {
    timer_.after(held_.at(ticket).grace, [this, ticket] { give_up(ticket); });
}

void Waits::stop() {
    std::unordered_map<Ticket, Held> held;
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        held = std::exchange(held_, {});
        tickets_.clear();
    }
    for (const auto& [ticket, request] : held)
        fuse_reply_err(request.request, EIO);
    std::unique_lock lock(mutex_);
    replied_.wait(lock, [this] { return replying_ == 0; });
}

}  // namespace pmx::fuse
