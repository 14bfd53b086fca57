// Everything that a daemon has open with a running corosync, and how it comes to it.
#pragma once

#include <memory>
#include <optional>

#include "base/unique_fd.h"
#include "corosync/cpg_group.h"
#include "corosync/node_list.h"
#include "corosync/quorum_watch.h"

namespace pmx::corosync {

struct Connection {
    std::unique_ptr<CpgGroup> group;
    std::unique_ptr<QuorumWatch> quorum;
    std::unique_ptr<NodeListWatch> nodes;
    ports::NodeList list;  // as it was when the connection was made

    // Fails when corosync does not run, is not ready yet, or says that this is another node.
    static Result<std::unique_ptr<Connection>> open(NodeId node);
};

// Opens a connection on a thread of its own: corosync's libraries wait for its answer, without a
// limit where it hangs.
class Connector {
  public:
    explicit Connector(NodeId node);
    ~Connector() = default;  // what is under way ends by itself
    Connector(const Connector&) = delete;
    Connector& operator=(const Connector&) = delete;

    [[nodiscard]] int fd() const;  // readable when an attempt has ended
    // Begins an attempt, unless one is under way.
    void begin();
    // How the attempt ended; none while it is under way.
    [[nodiscard]] std::optional<Result<std::unique_ptr<Connection>>> take();

  private:
    struct Attempt;

    NodeId node_;
    std::shared_ptr<Attempt> attempt_;
    bool under_way_ = false;
};

}  // namespace pmx::corosync
