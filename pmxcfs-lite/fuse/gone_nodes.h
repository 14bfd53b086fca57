// Nodes that went from the tree while the kernel still knows them.
//
// They are served, attributes, content and all, until the kernel forgets them. There are no more of
// them than the kernel has inodes of this mount. Their contents are kept up to a limit, as who may
// only look at a file could otherwise make the daemon hold whatever is replaced; what is open is
// not counted here. Guarded by the lock of OpenFiles.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <list>
#include <optional>
#include <unordered_map>

#include "base/clock.h"
#include "fuse/node_id.h"
#include "tree/tree.h"

namespace pmx::fuse {

// Of a node that the kernel knows, what must outlive it.
struct KnownNode {
    std::uint64_t lookups = 0;  // as the kernel counts them
    bool was_seen = false;      // in the tree: the rest holds
    bool is_private = false;
    tree::NodeKind kind = tree::NodeKind::file;
    tree::Withheld withheld;
    tree::Content content;
    WallTime mtime;
    LogIndex version;
    NodeId writer;
    std::optional<mode_t> made_with;  // by this node's thread below, which has not said more of it
    pid_t maker = 0;
    bool has_pages = false;  // the kernel may hold content of it

    void see(const tree::Node& node, bool in_private);
};

struct GoneNode {
    tree::Node node;  // as it was last in the tree, without name and place; its content is below
    bool is_private = false;
    tree::Content content;  // null in a directory, and once the limit has taken it
    std::uint64_t size = 0;
    WallTime mtime;
};

class GoneNodes {
  public:
    static constexpr std::uint64_t max_content_bytes = 64ULL << 20;

    // Leaves what is there already.
    void add(NodeIdValue id, const KnownNode& known);
    // A handle that was open on it left it so.
    void edited(NodeIdValue id, tree::Content content, WallTime mtime);
    void set_time(NodeIdValue id, WallTime mtime);
    void set_withheld(NodeIdValue id, const tree::Withheld& withheld);
    void remove(NodeIdValue id);
    void clear();
    [[nodiscard]] const GoneNode* find(NodeIdValue id) const;

  private:
    struct Kept {
        GoneNode node;
        std::optional<std::list<NodeIdValue>::iterator> age;  // of those with content
    };
    void hold(NodeIdValue id, Kept& kept, tree::Content content);
    void let_go(Kept& kept);
    void make_room();

    std::unordered_map<NodeIdValue, Kept> nodes_;
    std::list<NodeIdValue> by_age_;  // whose content is held, oldest first
    std::uint64_t content_bytes_ = 0;
};

}  // namespace pmx::fuse
