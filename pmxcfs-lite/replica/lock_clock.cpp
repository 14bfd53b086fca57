#include "replica/lock_clock.h"

#include <chrono>
#include <utility>

#include "replica/mistakes.h"
#include "tree/layout.h"
#include "tree/limits.h"

namespace pmx::replica {
namespace {

// What op may find a lock at, when it is one of the two that free an expired one.
const tree::Ref* asks_for_lock(const tree::Op& op) {
    if (const auto* make = std::get_if<tree::MakeDirectory>(&op)) return &make->at;
    const auto* times = std::get_if<tree::SetTimes>(&op);
    return times != nullptr && times->mtime == WallTime() ? &times->at : nullptr;
}

}  // namespace

void LockClock::observe(const tree::Tree& tree, MonotonicTime now) {
    const Result<const tree::Node*> locks =
        tree.resolve({tree::root_inode, std::string(tree::lock_directory)});
    std::map<Inode, Seen> seen;
    if (locks) {
        for (const auto& [name, inode] : (*locks)->children) {
            const tree::Node* lock = tree.find(inode);
            if (lock == nullptr || lock->kind != tree::NodeKind::directory) continue;
            const auto before = seen_.find(inode);
            const bool renewed = before == seen_.end() || before->second.version != lock->version;
            seen.emplace(inode, renewed ? Seen{lock->version, now} : before->second);
        }
    }
    seen_ = std::move(seen);
}

std::optional<tree::ExpireLock> LockClock::expired(const tree::Tree& tree, const tree::Op& op,
                                                   MonotonicTime now) const {
    const tree::Ref* at = asks_for_lock(op);
    if (at == nullptr) return std::nullopt;
    const Result<const tree::Node*> node = tree.resolve(*at);
    if (!node || !tree::is_lock(tree, **node)) return std::nullopt;
    const auto seen = seen_.find((*node)->inode);
    if (seen == seen_.end() || seen->second.version != (*node)->version) return std::nullopt;
    const bool lives = now - seen->second.since < std::chrono::seconds(tree::lock_lifetime_s) &&
                       !planted(Mistake::lock_expires_at_once);
    if (lives) return std::nullopt;
    return tree::ExpireLock{(*node)->inode, (*node)->version};
}

}  // namespace pmx::replica
