// The group of the daemons of a cluster, on a corosync as Debian ships it: members and messages
// from CPG, the quorum from votequorum, the node list from cmap.
//
// Members and messages come in CPG's order. The quorum is a flag beside it: it may come a little
// before or after the change of members that it belongs to.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"
#include "corosync/connection.h"
#include "ports/group_channel.h"

namespace pmx::corosync {

class CorosyncChannel final : public ports::GroupChannel, private CpgEvents {
  public:
    // `node` is whom the database says this node is: under another id it does not join. Corosync
    // need not run yet; until it does, there is no node list.
    static Result<std::unique_ptr<CorosyncChannel>> create(NodeId node);

    [[nodiscard]] int event_fd() const override { return epoll_.get(); }
    // Fails when corosync was lost or cannot be reached, once for each reason; it is tried again.
    Result<void> dispatch(ports::GroupEvents& events) override;
    Result<void> multicast(std::string_view message) override;
    Result<void> force_quorum() override;

  private:
    CorosyncChannel(NodeId node, UniqueFd epoll, UniqueFd timer);

    void watch(int fd);
    void call_again_after(std::chrono::milliseconds delay);
    Result<void> connect();
    Result<void> report(const Error& error);
    Result<void> serve(bool timer_rang);
    Result<void> dispatch_connection(bool timer_rang);
    Result<void> again_if_busy(Result<void> done);
    Result<void> follow_node_list();
    void list_nodes(ports::NodeList list);
    void disconnect();
    void configure();
    void tell(const ports::Configuration& configuration);

    void members_changed(std::vector<GroupMember> members) override;
    void received(const GroupMember& sender, std::string_view message) override;

    NodeId node_;
    UniqueFd epoll_;  // what the connection has open, the connector's end, and the timer
    UniqueFd timer_;
    Connector connector_;
    std::unique_ptr<Connection> connection_;
    ports::GroupEvents* events_ = nullptr;  // while dispatch() runs
    std::vector<NodeId> members_;           // empty: not in the group
    std::optional<ports::Configuration> told_;
    std::optional<ports::NodeList> told_list_;
    std::optional<Error> failure_;  // the group is lost; the next dispatch() does what that means
    std::optional<Error> doubled_;  // two processes of one node, not reported yet
    std::string reported_;          // why corosync cannot be reached
};

}  // namespace pmx::corosync
