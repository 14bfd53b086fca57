#include "fuse/virtual/problem_board.h"

#include <string_view>

#include "base/log.h"
#include "base/printable.h"
#include "schema/known_files.h"
#include "tree/permissions.h"

namespace pmx::fuse {

// All of them are in the root or in priv.
ProblemBoard::Texts ProblemBoard::known_files() const {
    Texts files;
    const ports::TreeView tree = store_.read();
    for (const std::string below : {"", "priv"}) {
        const auto directory = tree->resolve({tree::root_inode, below});
        if (!directory) continue;
        for (const auto& [name, inode] : (*directory)->children) {
            const std::string path = below.empty() ? name : below + "/" + name;
            const tree::Node* node = tree->find(inode);
            if (!node->content || !schema::is_known_file(path)) continue;
            files.emplace(path, Text{node->content, tree::is_closed(*tree, inode)});
        }
    }
    return files;
}

std::string ProblemBoard::text() const {
    Texts files = known_files();
    std::string local;
    for (const auto& [file, line, reason] : store_.local_problems().list())
        local += visible(schema::to_string({file, line, reason})) + "\n";
    const std::lock_guard lock(mutex_);
    if (files == checked_) return text_ + local;
    std::map<std::string, std::string> texts;
    for (const auto& [path, text] : files)
        texts.emplace(path, *text.content);
    text_.clear();
    for (schema::Problem& problem : schema::check_files(texts)) {
        const auto file = files.find(problem.file);
        // A reason quotes what is wrong, and this is for the group to read.
        if (file != files.end() && file->second.closed) {
            problem.reason = "is not as it should be: pmxctl problems tells root why";
        }
        text_ += visible(schema::to_string(problem)) + "\n";
    }
    checked_ = std::move(files);
    return text_ + local;
}

void ProblemBoard::committed(const ports::Committed& committed) {
    for (const tree::Change& change : committed.changes) {
        const bool has_content = change.kind == tree::ChangeKind::created ||
                                 change.kind == tree::ChangeKind::modified ||
                                 change.kind == tree::ChangeKind::renamed;
        if (!has_content || !schema::is_known_file(change.path)) continue;
        worker_.post(
            [this, path = change.path, index = committed.entry->index] { report(path, index); });
    }
}

void ProblemBoard::report(const std::string& path, LogIndex index) const {
    tree::Content content;
    {
        const ports::TreeView tree = store_.read();
        const auto node = tree->resolve({tree::root_inode, path});
        if (node) content = (*node)->content;
    }
    if (!content) return;
    for (const schema::Problem& problem : schema::check_file(path, *content)) {
        log::warning(schema::to_string(problem), {{"PMX_INDEX", std::to_string(index.value)}});
    }
}

}  // namespace pmx::fuse
