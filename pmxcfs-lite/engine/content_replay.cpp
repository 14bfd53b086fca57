#include "engine/content_replay.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "tree/edits.h"

namespace pmx::engine {
namespace {

const tree::Content nothing = std::make_shared<const std::string>();

// Whether the step of a transaction is a write of the file that was changed. One names
// files by their paths from the root.
bool is_write_of(const tree::WriteFile& write, const tree::Change& change) {
    return write.at.base == tree::root_inode && write.at.path == change.path;
}

std::vector<const tree::WriteFile*> writes_of(const tree::Op& op, const tree::Change& change) {
    std::vector<const tree::WriteFile*> writes;
    if (const auto* write = std::get_if<tree::WriteFile>(&op)) writes.push_back(write);
    if (const auto* transaction = std::get_if<tree::Transaction>(&op)) {
        for (const tree::Op& step : transaction->steps) {
            const auto* write = std::get_if<tree::WriteFile>(&step);
            if (write != nullptr && is_write_of(*write, change)) writes.push_back(write);
        }
    }
    return writes;
}

bool begins_anew(std::span<const tree::Edit> edits) {
    return !edits.empty() && edits.front().kind == tree::Edit::Kind::truncate &&
           edits.front().offset == 0;
}

tree::Content written(const tree::Content& before, const tree::WriteFile& write) {
    const tree::Content from = begins_anew(write.edits) ? nothing : before;
    if (from == nullptr) return nullptr;
    const auto content = tree::apply_edits(from, write.edits);
    return content ? *content : nullptr;
}

// A creation or a modification.
tree::Content after_change(const tree::Content& before, const tree::Change& change,
                           const std::optional<tree::Op>& op) {
    if (!op) return nullptr;
    if (std::holds_alternative<tree::CreateFile>(*op)) return nothing;
    const auto writes = writes_of(*op, change);
    // Several of one file in a transaction are several changes, and cannot be told apart.
    return writes.size() == 1 ? written(before, *writes.front()) : nullptr;
}

}  // namespace

tree::Content ContentReplay::known(Inode inode) const {
    const auto found = contents_.find(inode);
    return found == contents_.end() ? nullptr : found->second;
}

ContentReplay::Held ContentReplay::apply(const tree::Change& change,
                                         const std::optional<tree::Op>& op) {
    if (change.node != tree::NodeKind::file) return {};
    switch (change.kind) {
        case tree::ChangeKind::created:
            contents_[change.inode] = after_change(nothing, change, op);
            return {nullptr, known(change.inode)};
        case tree::ChangeKind::modified: {
            const tree::Content before = known(change.inode);
            contents_[change.inode] = after_change(before, change, op);
            return {before, known(change.inode)};
        }
        case tree::ChangeKind::times:
        case tree::ChangeKind::permissions:
            return {known(change.inode), known(change.inode)};
        case tree::ChangeKind::renamed:
            return {known(change.replaced), known(change.inode)};
        case tree::ChangeKind::removed:
            return {known(change.inode), nullptr};
        case tree::ChangeKind::expired:
            return {};
    }
    return {};
}

}  // namespace pmx::engine
