#include "sqlite/lost_and_found.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/check.h"
#include "tree/limits.h"

namespace pmx::sqlite {
namespace {

using tree::Node;
using tree::NodeKind;

class Arrangement {
  public:
    Arrangement(std::map<Inode, Node> nodes, LogIndex index)
        : nodes_(std::move(nodes)), index_(index) {}

    void run(std::vector<std::string>& lost) {
        restore_root();
        for (const Inode orphan : orphans())
            adopt(orphan, lost);
    }

    // The last resort, for what is a tree but too deep: every file right below lost+found.
    void flatten() {
        restore_root();
        std::vector<Inode> files;
        for (const auto& [inode, node] : nodes_)
            if (node.kind == NodeKind::file) files.push_back(inode);
        std::erase_if(nodes_, [](const auto& entry) {
            return entry.first != tree::root_inode && entry.second.kind == NodeKind::directory;
        });
        names_.clear();
        std::vector<std::string> unused;
        for (const Inode file : files)
            nodes_.at(file).parent = Inode();
        for (const Inode file : files)
            adopt(file, unused);
    }

    [[nodiscard]] std::vector<Node> nodes() const {
        std::vector<Node> nodes;
        nodes.reserve(nodes_.size());
        for (const auto& [inode, node] : nodes_)
            nodes.push_back(node);
        return nodes;
    }

  private:
    using Place = std::pair<Inode, std::string>;

    void restore_root() {
        Node root = tree::Tree().root();
        root.version = index_;
        nodes_.try_emplace(tree::root_inode, std::move(root));
    }

    [[nodiscard]] bool is_directory(Inode inode) const {
        const auto node = nodes_.find(inode);
        return node != nodes_.end() && node->second.kind == NodeKind::directory;
    }

    // Those without a parent, one of each ring of directories, and the second of the same name.
    std::vector<Inode> orphans() {
        std::vector<Inode> orphans;
        for (const auto& [inode, node] : nodes_) {
            if (inode == tree::root_inode) continue;
            const bool named = names_.emplace(Place(node.parent, node.name), inode).second;
            const bool is_private_file = node.parent == tree::root_inode && node.name == "priv" &&
                                         node.kind == NodeKind::file;
            if (!named || is_private_file || !is_directory(node.parent)) orphans.push_back(inode);
        }
        for (const auto& [inode, node] : nodes_) {
            if (is_first_of_ring(inode)) orphans.push_back(inode);
        }
        return orphans;
    }

    [[nodiscard]] bool is_first_of_ring(Inode inode) const {
        std::set<Inode> seen;
        Inode at = inode;
        while (at != tree::root_inode && nodes_.contains(at) && seen.insert(at).second)
            at = nodes_.at(at).parent;
        return at == inode && !seen.empty() && *seen.begin() == inode;
    }

    void adopt(Inode inode, std::vector<std::string>& lost) {
        const Inode parent = directory(directory(tree::root_inode, "priv"), "recovered");
        Node& node = nodes_.at(inode);
        const auto named = names_.find(Place(node.parent, node.name));
        if (named != names_.end() && named->second == inode) names_.erase(named);
        std::string name = node.name;
        if (names_.contains(Place(parent, name))) name += "~" + std::to_string(inode.value);
        if (tree::check_name(name) != Code::ok) name = "inode-" + std::to_string(inode.value);
        lost.push_back("the place of '" + node.name + "': it is now " +
                       std::string(lost_and_found) + "/" + name);
        node.parent = parent;
        node.name = name;
        names_.emplace(Place(parent, name), inode);
    }

    Inode directory(Inode parent, const std::string& name) {
        const auto there = names_.find(Place(parent, name));
        if (there != names_.end() && is_directory(there->second)) return there->second;
        // A file of that name gives way: it is an orphan itself, or becomes one of its number.
        if (there != names_.end()) {
            Node& file = nodes_.at(there->second);
            file.name = "inode-" + std::to_string(file.inode.value);
            names_.emplace(Place(parent, file.name), file.inode);
        }
        Node node;
        node.inode = unused_number();
        node.parent = parent;
        node.name = name;
        node.kind = NodeKind::directory;
        node.version = index_;
        names_.insert_or_assign(Place(parent, name), node.inode);
        const Inode inode = node.inode;
        nodes_.emplace(inode, std::move(node));
        return inode;
    }

    // From the top of those that the entry could have given.
    [[nodiscard]] Inode unused_number() const {
        unsigned ordinal = 255;
        while (nodes_.contains(tree::inode_number(index_, ordinal)))
            --ordinal;
        return tree::inode_number(index_, ordinal);
    }

    std::map<Inode, Node> nodes_;
    std::map<Place, Inode> names_;
    LogIndex index_;
};

}  // namespace

tree::Tree arrange(std::map<Inode, Node> nodes, LogIndex index, const tree::ClusterLog& cluster_log,
                   std::vector<std::string>& lost) {
    Arrangement arrangement(std::move(nodes), index);
    arrangement.run(lost);
    auto tree = tree::Tree::from_nodes(arrangement.nodes(), cluster_log);
    if (tree) return std::move(*tree);
    lost.push_back("the place of every file, because " + tree.error().message() +
                   "; they are all in " + std::string(lost_and_found));
    arrangement.flatten();
    tree = tree::Tree::from_nodes(arrangement.nodes(), cluster_log);
    if (tree) return std::move(*tree);
    lost.push_back("every file, because " + tree.error().message());
    return {};
}

}  // namespace pmx::sqlite
