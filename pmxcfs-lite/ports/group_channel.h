// Ordered multicast and membership: what corosync's CPG and votequorum give, or a loopback.
//
// Within one configuration every member is delivered the same messages in the same order, its own
// included; delivery means nothing about anybody's disk. Used from the loop thread only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

namespace pmx::ports {

class GroupEvents {
  public:
    virtual ~GroupEvents() = default;
    virtual void delivered(NodeId sender, std::string_view message) = 0;
    virtual void configuration_changed(const std::vector<NodeId>& members, bool quorate) = 0;
};

class GroupChannel {
  public:
    virtual ~GroupChannel() = default;
    // Readable when dispatch() has something to deliver.
    [[nodiscard]] virtual int event_fd() const = 0;
    // Delivers what has arrived; never waits. The first call delivers the first configuration.
    virtual Result<void> dispatch(GroupEvents& events) = 0;
    // Code::busy: not taken, try again after the next dispatch.
    virtual Result<void> multicast(std::string_view message) = 0;
};

}  // namespace pmx::ports
