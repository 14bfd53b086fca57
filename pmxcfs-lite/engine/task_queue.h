// Work handed to the loop thread by the others.
#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "base/unique_fd.h"

namespace pmx::engine {

class TaskQueue {
  public:
    using Task = std::function<void()>;

    TaskQueue();
    // Any thread. False once the queue is closed: the task will not run.
    bool post(Task task);
    // Loop thread: runs what was posted before the call, in order.
    void run();
    // Loop thread, last: nothing more is taken; gives back what was not run.
    std::vector<Task> close();
    // Readable when there is something to run.
    [[nodiscard]] int event_fd() const { return event_.get(); }

  private:
    std::mutex mutex_;
    std::vector<Task> tasks_;
    bool closed_ = false;
    UniqueFd event_;
};

}  // namespace pmx::engine
