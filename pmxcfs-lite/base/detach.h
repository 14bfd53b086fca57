// Leaving the terminal, for a daemon that was not started by systemd.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"

namespace pmx {

// The starting process waits until the daemon says it serves, so whoever started it can use it at
// once; it exits with 0 then, or with 1 when the daemon ended before. Until then errors go to the
// terminal, afterwards to the system's log.
class DetachedStart {
  public:
    // Before any thread is made. Returns in the daemon only.
    static Result<DetachedStart> detach();
    void serving();

  private:
    explicit DetachedStart(UniqueFd starter) : starter_(std::move(starter)) {}
    UniqueFd starter_;
};

}  // namespace pmx
