// Waiting for the store's completions, with an end when the daemon stops.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "ports/store.h"

namespace pmx::control {

// Thread-safe. Held by shared_ptr: a completion may come after the wait was given up.
class Waits : public std::enable_shared_from_this<Waits> {
  public:
    // Calls `start` with a completion and waits until that was called. Without a timeout the store
    // has its own. Gives timed_out, or shutting_down after stop(): the change may still happen.
    ports::SubmitResult wait_for(const std::function<void(ports::Store::Completion)>& start,
                                 std::optional<std::chrono::milliseconds> timeout = {});

    void stop();

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;
};

}  // namespace pmx::control
