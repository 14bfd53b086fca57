#include "control/member_desk.h"

#include <utility>

namespace pmx::control {

MemberDesk::MemberDesk(ports::Members& members, Dispatcher& dispatcher)
    : members_(members), dispatcher_(dispatcher), thread_([this] { run(); }) {
    members_.answer_with([this](std::string request, ports::Members::Reply reply) {
        take({std::move(request), std::move(reply)});
    });
}

MemberDesk::~MemberDesk() {
    members_.answer_with({});
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void MemberDesk::take(Waiting waiting) {
    {
        const std::lock_guard lock(mutex_);
        if (queue_.size() >= max_waiting) return;
        queue_.push_back(std::move(waiting));
    }
    changed_.notify_all();
}

void MemberDesk::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        if (stopping_) return;
        const Waiting waiting = std::move(queue_.front());
        queue_.pop_front();
        lock.unlock();
        waiting.reply(dispatcher_.answer_member(waiting.request));
        lock.lock();
    }
}

}  // namespace pmx::control
