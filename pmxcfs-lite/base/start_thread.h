// Threads that are started while a daemon serves: the system may grant none (TasksMax of the unit,
// memory), which must not end the daemon.
#pragma once

#include <functional>

#include "base/result.h"

namespace pmx {

// Runs `work` on a thread that nobody waits for. Code::busy: no thread is to be had, and `work` has
// not run.
Result<void> start_detached(std::function<void()> work);

}  // namespace pmx
