#include "daemon/first_layout.h"

#include <vector>

namespace pmx::daemon {

std::optional<tree::Op> missing_layout(const tree::Tree& tree, const std::string& node_name) {
    const std::string own = "nodes/" + node_name;
    const std::vector<std::string> wanted = {
        "priv",       "priv/lock",     "nodes",      own, own + "/qemu-server",
        own + "/lxc", own + "/openvz", own + "/priv"};
    tree::Transaction transaction;
    for (const std::string& path : wanted) {
        const tree::Ref at{tree::root_inode, path};
        if (!tree.resolve(at)) transaction.steps.emplace_back(tree::MakeDirectory{at});
    }
    if (transaction.steps.empty()) return std::nullopt;
    return transaction;
}

}  // namespace pmx::daemon
