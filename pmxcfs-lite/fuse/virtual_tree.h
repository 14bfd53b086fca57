// The names in the root that are not in the tree; how each is made stands in virtual/.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "fuse/node_id.h"
#include "fuse/virtual/problem_board.h"
#include "fuse/virtual/sources.h"
#include "ports/store.h"

namespace pmx::fuse {

struct VirtualNode {
    std::string name;
    bool is_link = false;
    // What the file says now, or where the link leads.
    std::function<std::string()> content;
    // What a write does; none: it cannot be written.
    std::function<Code(std::string_view)> write;
};

class VirtualTree {
  public:
    VirtualTree(const ports::Store& store, WallTime started);

    [[nodiscard]] std::optional<NodeIdValue> find(std::string_view name) const;
    // Null when `id` is none of id_at()'s.
    [[nodiscard]] const VirtualNode* node(NodeIdValue id) const;
    [[nodiscard]] const std::vector<VirtualNode>& nodes() const { return nodes_; }
    static NodeIdValue id_at(std::size_t position) { return first_virtual + position; }

    // Never waits.
    void committed(const ports::Committed& committed);
    void stop() { problems_.stop(); }

  private:
    Sources sources_;
    ProblemBoard problems_;
    std::vector<VirtualNode> nodes_;
};

}  // namespace pmx::fuse
