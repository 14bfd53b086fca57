#include "fuse/edits.h"

#include <algorithm>
#include <utility>

namespace pmx::fuse {
namespace {

constexpr std::size_t edit_overhead = 32;  // kind, offset and length, generously

std::uint64_t end_of_writes(const std::map<std::uint64_t, std::string>& extents) {
    return extents.empty() ? 0 : extents.rbegin()->first + extents.rbegin()->second.size();
}

}  // namespace

Edits::Patch& Edits::last_patch() {
    if (segments_.empty() || !segments_.back().patch) {
        segments_.push_back({.patch = Patch{}, .appended = {}});
        encoded_bytes_ += 2 * edit_overhead;
    }
    return *segments_.back().patch;
}

void Edits::write(std::uint64_t offset, std::string_view bytes) {
    if (bytes.empty()) return;
    Patch& patch = last_patch();
    const std::uint64_t end = offset + bytes.size();
    auto& extents = patch.extents;
    auto after = extents.upper_bound(offset);
    auto target = after == extents.begin() ? extents.end() : std::prev(after);
    if (target == extents.end() || target->first + target->second.size() < offset) {
        target = extents.emplace_hint(after, offset, std::string());
        encoded_bytes_ += edit_overhead;
    }
    std::string& into = target->second;
    const std::size_t at = offset - target->first;
    encoded_bytes_ -= into.size();
    if (into.size() < at + bytes.size()) into.resize(at + bytes.size());
    into.replace(at, bytes.size(), bytes);
    const std::uint64_t target_end = target->first + into.size();
    for (auto next = std::next(target); next != extents.end() && next->first <= target_end;) {
        const std::uint64_t next_end = next->first + next->second.size();
        if (next_end > target_end) into.append(next->second, target_end - next->first);
        encoded_bytes_ -= next->second.size() + edit_overhead;
        next = extents.erase(next);
    }
    encoded_bytes_ += into.size();
    if (patch.size) patch.size = std::max(*patch.size, end);
}

void Edits::append(std::string_view bytes) {
    if (bytes.empty()) return;
    if (segments_.empty() || segments_.back().patch) {
        segments_.emplace_back();
        encoded_bytes_ += edit_overhead;
    }
    segments_.back().appended.append(bytes);
    encoded_bytes_ += bytes.size();
}

void Edits::truncate(std::uint64_t size) {
    if (size == 0) clear();
    Patch& patch = last_patch();
    auto& extents = patch.extents;
    while (!extents.empty()) {
        const auto last = std::prev(extents.end());
        const std::uint64_t last_end = last->first + last->second.size();
        if (last_end <= size) break;
        if (last->first >= size) {
            encoded_bytes_ -= last->second.size() + edit_overhead;
            extents.erase(last);
        } else {
            encoded_bytes_ -= last_end - size;
            last->second.resize(size - last->first);
        }
    }
    patch.cut = std::min(patch.cut.value_or(size), size);
    patch.size = size;
}

void Edits::clear() {
    segments_.clear();
    encoded_bytes_ = 0;
}

std::uint64_t Edits::size_after(std::uint64_t before) const {
    std::uint64_t size = before;
    for (const Segment& segment : segments_) {
        if (!segment.patch) {
            size += segment.appended.size();
            continue;
        }
        const Patch& patch = *segment.patch;
        if (patch.size) {
            size = *patch.size;
        } else {
            size = std::max(size, end_of_writes(patch.extents));
        }
    }
    return size;
}

std::vector<tree::Edit> Edits::list() const {
    std::vector<tree::Edit> edits;
    for (const Segment& segment : segments_) {
        if (!segment.patch) {
            edits.push_back({tree::Edit::Kind::append, 0, segment.appended});
            continue;
        }
        const Patch& patch = *segment.patch;
        if (patch.cut) edits.push_back({tree::Edit::Kind::truncate, *patch.cut, {}});
        if (patch.size && *patch.size > std::max(*patch.cut, end_of_writes(patch.extents))) {
            edits.push_back({tree::Edit::Kind::truncate, *patch.size, {}});
        }
        for (const auto& [offset, bytes] : patch.extents) {
            edits.push_back({tree::Edit::Kind::write, offset, bytes});
        }
    }
    return edits;
}

}  // namespace pmx::fuse
