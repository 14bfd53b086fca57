#include "tree/digest_sum.h"

#include <cstring>

#include "tree/tree.h"

namespace pmx::tree {

void DigestSum::refresh(const std::map<Inode, Node>& nodes) {
    for (const Inode inode : stale_) {
        Lanes before{};
        if (const auto known = digests_.find(inode); known != digests_.end()) {
            before = known->second;
            digests_.erase(known);
        }
        Lanes after{};
        if (const auto node = nodes.find(inode); node != nodes.end()) {
            const Sha256 digest = tree::digest(node->second);
            std::memcpy(after.data(), digest.data(), sizeof(after));
            digests_.emplace(inode, after);
        }
        for (std::size_t lane = 0; lane < sum_.size(); ++lane)
            sum_[lane] += after[lane] - before[lane];
    }
    stale_.clear();
}

Sha256 DigestSum::of(const std::map<Inode, Node>& nodes) {
    refresh(nodes);
    return sha256({reinterpret_cast<const char*>(sum_.data()), sizeof(sum_)});
}

Sha256 DigestSum::of(const std::map<Inode, Node>& nodes, Inode inode) {
    refresh(nodes);
    const Lanes& lanes = digests_.at(inode);
    Sha256 digest{};
    std::memcpy(digest.data(), lanes.data(), digest.size());
    return digest;
}

}  // namespace pmx::tree
