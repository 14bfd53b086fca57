// votequorum: whether the partition that this node is in may change things, and who is in it.
#pragma once

#include <corosync/votequorum.h>

#include <memory>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

namespace pmx::corosync {

struct QuorumState {
    bool quorate = false;
    std::vector<NodeId> nodes;  // of this partition; sorted
    friend bool operator==(const QuorumState&, const QuorumState&) = default;
};

// One thread.
class QuorumWatch {
  public:
    // Knows the state already. Code::busy while corosync has none.
    static Result<std::unique_ptr<QuorumWatch>> open();
    ~QuorumWatch();
    QuorumWatch(const QuorumWatch&) = delete;
    QuorumWatch& operator=(const QuorumWatch&) = delete;

    [[nodiscard]] int fd() const { return fd_; }  // readable when dispatch() has something to do
    Result<void> dispatch();
    [[nodiscard]] const QuorumState& state() const { return state_; }
    // Whether this node was without quorum at any moment since the last call.
    [[nodiscard]] bool take_loss() { return std::exchange(lost_, false); }
    // The votes present are all that is expected from now on, until a node with more comes back.
    Result<void> expect_only_those_present();

  private:
    explicit QuorumWatch(votequorum_handle_t handle) : handle_(handle) {}
    static void notify(votequorum_handle_t handle, uint64_t context, uint32_t quorate,
                       uint32_t count, votequorum_node_t nodes[]);

    votequorum_handle_t handle_;
    int fd_ = -1;
    QuorumState state_;
    bool lost_ = false;
};

}  // namespace pmx::corosync
