// The directories that every store has, and this node's own (STORE.md, Layout).
//
// A member of a cluster can be able to write for the first time long after its daemon began; and
// what it had made may have been in a log that lost. So they are looked for with every view that
// opens.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>

#include "ports/invalidator.h"
#include "ports/store.h"
#include "tree/op.h"
#include "tree/tree.h"

namespace pmx::daemon {

// One transaction that makes what is missing, or nothing when all is there.
std::optional<tree::Op> missing_layout(const tree::Tree& tree, const std::string& node_name);

class FirstLayout final : public ports::Invalidator {
  public:
    // Outlives the store's last answer.
    explicit FirstLayout(ports::Store& store) : store_(store) {}

    void committed(const ports::Committed& committed) override;
    // For who has seen a view open: until what it found missing is there, or cannot be made.
    void wait_until_made(std::chrono::milliseconds timeout);

  private:
    [[nodiscard]] std::optional<tree::Op> missing() const;
    void submit();
    void ended();

    ports::Store& store_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool under_way_ = false;
};

}  // namespace pmx::daemon
