#include "engine/task_queue.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

#include "base/check.h"

namespace pmx::engine {

TaskQueue::TaskQueue() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    PMX_CHECK(event_, "no eventfd to be had");
}

bool TaskQueue::post(Task task) {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    if (tasks_.empty()) {
        const std::uint64_t one = 1;
        [[maybe_unused]] const ssize_t put = ::write(event_.get(), &one, sizeof(one));
    }
    tasks_.push_back(std::move(task));
    return true;
}

void TaskQueue::run() {
    std::vector<Task> tasks;
    {
        const std::lock_guard lock(mutex_);
        std::uint64_t count = 0;
        [[maybe_unused]] const ssize_t got = ::read(event_.get(), &count, sizeof(count));
        tasks.swap(tasks_);
    }
    for (Task& task : tasks)
        task();
}

std::vector<TaskQueue::Task> TaskQueue::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    return std::exchange(tasks_, {});
}

}  // namespace pmx::engine
