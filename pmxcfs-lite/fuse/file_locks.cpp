#include "fuse/file_locks.h"

#include <algorithm>
#include <utility>

namespace pmx::fuse {
namespace {

bool overlap(const FileLock& a, const FileLock& b) {
    return a.begin <= b.last && b.begin <= a.last;
}

bool same_owner(const FileLock& a, const FileLock& b) {
    return a.kind == b.kind && a.owner == b.owner;
}

bool in_the_way(const FileLock& held, const FileLock& wanted) {
    return held.kind == wanted.kind && held.owner != wanted.owner && overlap(held, wanted) &&
           (held.exclusive || wanted.exclusive);
}

}  // namespace

std::optional<FileLock> FileLocks::conflict(NodeIdValue id, const FileLock& wanted) const {
    const auto file = files_.find(id);
    if (file == files_.end()) return std::nullopt;
    const auto& held = file->second.held;
    const auto found = std::find_if(held.begin(), held.end(),
                                    [&](const FileLock& lock) { return in_the_way(lock, wanted); });
    if (found == held.end()) return std::nullopt;
    return *found;
}

bool FileLocks::holds_any(NodeIdValue id, FileLock::Kind kind, std::uint64_t owner) const {
    const auto file = files_.find(id);
    if (file == files_.end()) return false;
    return std::any_of(
        file->second.held.begin(), file->second.held.end(),
        [&](const FileLock& lock) { return lock.kind == kind && lock.owner == owner; });
}

Code FileLocks::take(NodeIdValue id, const FileLock& wanted) {
    if (conflict(id, wanted)) return Code::busy;
    // Cutting a hole into a range makes two of it.
    const auto of_user = of_user_.find(wanted.user);
    if (of_user != of_user_.end() && of_user->second + 2 > max_of_user) return Code::no_space;
    File& file = files_[id];
    carve(file, wanted);
    add(file, wanted);
    return Code::ok;
}

bool FileLocks::wait(NodeIdValue id, const FileLock& wanted, std::uint64_t ticket,
                     Granted granted) {
    if (wanted.kind == FileLock::Kind::range && would_deadlock(id, wanted)) return false;
    files_[id].waiting.push_back({wanted, ticket, std::move(granted)});
    count(wanted.user, 1);
    return true;
}

void FileLocks::give_up(NodeIdValue id, std::uint64_t ticket) {
    const auto file = files_.find(id);
    if (file == files_.end()) return;
    std::erase_if(file->second.waiting, [&](const Waiting& waiting) {
        if (waiting.ticket != ticket) return false;
        count(waiting.lock.user, -1);
        return true;
    });
}

std::vector<FileLocks::Granted> FileLocks::release(NodeIdValue id, const FileLock& range) {
    const auto file = files_.find(id);
    if (file == files_.end()) return {};
    carve(file->second, range);
    return grant(id);
}

std::vector<FileLocks::Granted> FileLocks::release_owner(NodeIdValue id, FileLock::Kind kind,
                                                         std::uint64_t owner) {
    FileLock all;
    all.kind = kind;
    all.owner = owner;
    return release(id, all);
}

std::vector<FileLocks::Granted> FileLocks::release_handle(NodeIdValue id, std::uint64_t handle) {
    const auto file = files_.find(id);
    if (file == files_.end()) return {};
    std::erase_if(file->second.held, [&](const FileLock& lock) {
        if (lock.handle != handle) return false;
        count(lock.user, -1);
        return true;
    });
    return grant(id);
}

void FileLocks::clear() {
    files_.clear();
    of_user_.clear();
}

void FileLocks::add(File& file, const FileLock& lock) {
    count(lock.user, 1);
    // Neighbours of one kind become one, or a program that locks byte by byte would fill the table.
    for (FileLock& held : file.held) {
        if (!same_owner(held, lock) || held.exclusive != lock.exclusive) continue;
        if (held.handle != lock.handle) continue;
        const bool before = held.last != FileLock::whole_file && held.last + 1 == lock.begin;
        const bool after = lock.last != FileLock::whole_file && lock.last + 1 == held.begin;
        if (!before && !after) continue;
        if (before) held.last = lock.last;
        if (after) held.begin = lock.begin;
        return count(lock.user, -1);
    }
    file.held.push_back(lock);
}

// What the owner holds of the range is let go.
void FileLocks::carve(File& file, const FileLock& range) {
    std::vector<FileLock> rest;
    std::erase_if(file.held, [&](const FileLock& lock) {
        if (!same_owner(lock, range) || !overlap(lock, range)) return false;
        if (lock.begin < range.begin) {
            rest.push_back(lock);
            rest.back().last = range.begin - 1;
        }
        if (lock.last > range.last) {
            rest.push_back(lock);
            rest.back().begin = range.last + 1;
        }
        count(lock.user, -1);
        return true;
    });
    for (const FileLock& lock : rest) {
        count(lock.user, 1);
        file.held.push_back(lock);
    }
}

// Whether whom it would wait for waits for it, over some others perhaps.
bool FileLocks::would_deadlock(NodeIdValue id, const FileLock& wanted) const {
    constexpr int max_chain = 10;  // as the kernel looks
    auto blocker = conflict(id, wanted);
    for (int i = 0; blocker && i < max_chain; ++i) {
        if (blocker->owner == wanted.owner) return true;
        std::optional<FileLock> next;
        for (const auto& [other, file] : files_) {
            for (const Waiting& waiting : file.waiting) {
                if (same_owner(waiting.lock, *blocker)) next = conflict(other, waiting.lock);
            }
        }
        blocker = next;
    }
    return false;
}

std::vector<FileLocks::Granted> FileLocks::grant(NodeIdValue id) {
    std::vector<Granted> granted;
    const auto file = files_.find(id);
    auto& waiting = file->second.waiting;
    for (auto next = waiting.begin(); next != waiting.end();) {
        if (conflict(id, next->lock)) {
            ++next;
            continue;
        }
        count(next->lock.user, -1);
        carve(file->second, next->lock);
        add(file->second, next->lock);
        granted.push_back(std::move(next->granted));
        next = waiting.erase(next);
    }
    if (waiting.empty() && file->second.held.empty()) files_.erase(file);
    return granted;
}

void FileLocks::count(uid_t user, std::ptrdiff_t more) {
    const auto of_user = of_user_.emplace(user, 0).first;
    of_user->second += static_cast<std::size_t>(more);
    if (of_user->second == 0) of_user_.erase(of_user);
}

}  // namespace pmx::fuse
