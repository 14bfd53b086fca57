// What a running corosync says about its cluster: the node list of corosync.conf, as loaded.
#pragma once

#include <corosync/cmap.h>

#include <cstddef>
#include <memory>
#include <optional>

#include "base/result.h"
#include "ports/group_channel.h"

namespace pmx::corosync {

// How many nodes the running corosync lists; 0 when none runs. A corosync.conf on the disk counts
// for nothing: Debian's package brings one.
std::size_t running_node_count();

// Who this node is; fails when no corosync runs here. The name and the address are empty where the
// node list gives none.
Result<ports::NodeList::Node> local_node();

// The node list, followed through changes. One thread.
class NodeListWatch {
  public:
    static Result<std::unique_ptr<NodeListWatch>> open();
    ~NodeListWatch();
    NodeListWatch(const NodeListWatch&) = delete;
    NodeListWatch& operator=(const NodeListWatch&) = delete;

    [[nodiscard]] int fd() const { return fd_; }  // readable when dispatch() has something to do
    [[nodiscard]] Result<ports::NodeList> read() const;
    // The list, when something of it may have changed and no reload is half done. Code::busy: call
    // it again a little later.
    Result<std::optional<ports::NodeList>> dispatch();

  private:
    explicit NodeListWatch(cmap_handle_t map) : map_(map) {}
    Result<void> follow();

    cmap_handle_t map_;
    int fd_ = -1;
    bool changed_ = false;
};

}  // namespace pmx::corosync
