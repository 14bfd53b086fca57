// rename(2). A file that is not committed yet, or has unsaved edits of the caller, is saved first:
// nobody may find the new name with less than the caller wrote.
#include <algorithm>
#include <cstdio>
#include <utility>

#include "fuse/caller.h"
#include "fuse/commits.h"
#include "fuse/operations.h"

namespace pmx::fuse {
namespace {

std::shared_ptr<OpenFile> source_file(Filesystem& fs, const RenameRequest& asked) {
    if (auto file = fs.files.find_pending(asked.from_directory, asked.from)) return file;
    const ports::TreeView tree = fs.store.read();
    const tree::Node* node = tree->child(asked.from_directory, asked.from);
    return node == nullptr ? nullptr : fs.files.find_committed(node->inode);
}

void submit_rename(Filesystem& fs, fuse_req_t request, const RenameRequest& asked) {
    submit_held(fs, request,
                tree::Rename{.from = {asked.from_directory, asked.from},
                             .to = {asked.to_directory, asked.to},
                             .no_replace = asked.no_replace},
                [&fs, asked](fuse_req_t held, const ports::SubmitResult& result) {
                    if (result.result == Code::ok) {
                        const auto lock = fs.files.lock();
                        const auto replaced = fs.files.find_pending(asked.to_directory, asked.to);
                        if (replaced) {
                            fs.files.became_removed(*replaced);
                            fs.files.drop_if_unused(replaced);
                        }
                    }
                    reply_code(held, result.result);
                });
}

// Whether the target stands in the way by what only this node knows of it.
Code check_target(Filesystem& fs, const RenameRequest& asked) {
    if (asked.no_replace && fs.files.find_pending(asked.to_directory, asked.to)) {
        return Code::already_exists;
    }
    const ports::TreeView tree = fs.store.read();
    const tree::Node* target = tree->child(asked.to_directory, asked.to);
    if (target != nullptr && !fs.files.pending_below(target->inode).empty()) {
        return Code::not_empty;
    }
    return Code::ok;
}

void rename_when_settled(Filesystem& fs, fuse_req_t request, const RenameRequest& asked) {
    const pid_t process = process_of(fuse_req_ctx(request)->pid);
    auto lock = fs.files.lock();
    if (const Code code = check_target(fs, asked); code != Code::ok) {
        lock.unlock();
        return reply_code(request, code);
    }
    const auto again = [&fs, asked](fuse_req_t held) { rename_when_settled(fs, held, asked); };
    for (const auto& file :
         {fs.files.find_pending(asked.to_directory, asked.to), source_file(fs, asked)}) {
        if (file && !file->commits.empty()) {
            file->commits.back()->waiters.push_back(whatever_comes_of_it(fs, request, again));
            return;
        }
    }
    const auto source = source_file(fs, asked);
    if (source) {
        const auto& handles = source->handles;
        const auto unsaved = std::find_if(handles.begin(), handles.end(), [&](const auto& handle) {
            return handle->explicit_edits && handle->actor.pid == process;
        });
        if (unsaved != handles.end()) {
            Handle& handle = **unsaved;
            return commit_handle(fs, std::move(lock), handle, answer_then(fs, request, again));
        }
        if (source->state == OpenFile::State::pending) {
            Commit creation;
            if (!handles.empty()) creation.actor = handles.front()->actor;
            creation.waiters.push_back(answer_then(fs, request, again));
            return commit_file(fs, std::move(lock), source, std::move(creation));
        }
    }
    lock.unlock();
    submit_rename(fs, request, asked);
}

}  // namespace

void rename(Filesystem& fs, fuse_req_t request, const RenameRequest& asked, unsigned flags) {
    if ((flags & ~static_cast<unsigned>(RENAME_NOREPLACE)) != 0) {
        return reply_code(request, Code::invalid_argument);
    }
    const auto is_virtual_name = [&fs](Inode directory, const std::string& name) {
        return directory == tree::root_inode && fs.virtual_tree.find(name);
    };
    if (is_virtual_name(asked.from_directory, asked.from) ||
        is_virtual_name(asked.to_directory, asked.to)) {
        return reply_code(request, Code::permission_denied);
    }
    if (const Code code = fs.store.writable(); code != Code::ok) return reply_code(request, code);
    RenameRequest full = asked;
    full.no_replace = (flags & RENAME_NOREPLACE) != 0;
    rename_when_settled(fs, request, full);
}

}  // namespace pmx::fuse
