// From the bytes of a request and who sent it to the bytes of the answer.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/local_socket.h"
#include "control/recovery.h"
#include "control/request.h"
#include "control/waits.h"
#include "ports/members.h"
#include "ports/store.h"

namespace pmx::control {

// Thread-safe.
class Dispatcher {
  public:
    // `members` is null where no other node can be asked, `recovery` where nothing is damaged; all
    // outlive the dispatcher.
    Dispatcher(ports::Store& store, ports::Members* members, Recovery* recovery, std::string mount);

    // Always an answer, whatever the bytes are. Waits for the store where the request does.
    std::string answer(const PeerCredentials& caller, std::string_view request);
    // To the daemon of another node, for an administrator there: what it asks is what answer()
    // passes on, and the answer is at most wire::max_answer_bytes long.
    std::string answer_member(std::string_view request);

    // Ends every wait, present and future, with shutting_down.
    void stop() { waits_->stop(); }

  private:
    [[nodiscard]] Context context_of(wire::Actor caller, bool administrator,
                                     std::size_t max_answer_bytes) const;
    Result<std::string> pass_on(nlohmann::json request, const wire::Actor& actor);

    ports::Store& store_;
    ports::Members* const members_;
    Recovery* const recovery_;
    const std::string mount_;
    // Shared with completions, which may come after the dispatcher is gone.
    const std::shared_ptr<Waits> waits_ = std::make_shared<Waits>();
};

}  // namespace pmx::control
