// From the bytes of a request and who sent it to the bytes of the answer.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/local_socket.h"
#include "control/recovery.h"
#include "control/waits.h"
#include "ports/store.h"

namespace pmx::control {

// Thread-safe.
class Dispatcher {
  public:
    // `recovery` may be null; both outlive the dispatcher.
    Dispatcher(ports::Store& store, Recovery* recovery, std::string mount);

    // Always an answer, whatever the bytes are. Waits for the store where the request does.
    std::string answer(const PeerCredentials& caller, std::string_view request);

    // Ends every wait, present and future, with shutting_down.
    void stop() { waits_->stop(); }

  private:
    ports::Store& store_;
    Recovery* const recovery_;
    const std::string mount_;
    // Shared with completions, which may come after the dispatcher is gone.
    const std::shared_ptr<Waits> waits_ = std::make_shared<Waits>();
};

}  // namespace pmx::control
