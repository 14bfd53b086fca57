// The group of one node alone: what is multicast comes back, in order.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "ports/group_channel.h"

namespace pmx::local {

class LocalChannel final : public ports::GroupChannel {
  public:
    static Result<std::unique_ptr<LocalChannel>> create(NodeId node);

    [[nodiscard]] int event_fd() const override { return wakeup_.get(); }
    // Delivers what was multicast before the call; what the handlers multicast waits for the next.
    Result<void> dispatch(ports::GroupEvents& events) override;
    Result<void> multicast(std::string_view message) override;
    Result<void> force_quorum() override { return {}; }  // never without

  private:
    LocalChannel(NodeId node, UniqueFd wakeup) : node_(node), wakeup_(std::move(wakeup)) {}
    Result<void> wake();

    NodeId node_;
    UniqueFd wakeup_;  // an eventfd
    bool configured_ = false;
    std::deque<std::string> messages_;
};

}  // namespace pmx::local
