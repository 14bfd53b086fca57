// Tells every delivery in flight to give up, through a descriptor they can poll.
#pragma once

#include <sys/eventfd.h>

#include <cstdint>

#include "base/check.h"
#include "base/unique_fd.h"

namespace pmx::notifier {

class StopSignal {
  public:
    StopSignal() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
        PMX_CHECK(event_, "no eventfd can be had");
    }
    // Thread-safe; for good.
    void raise() {
        const std::uint64_t one = 1;
        [[maybe_unused]] const ssize_t put = ::write(event_.get(), &one, sizeof(one));
    }
    // Readable once raised.
    [[nodiscard]] int fd() const { return event_.get(); }

  private:
    UniqueFd event_;
};

}  // namespace pmx::notifier
