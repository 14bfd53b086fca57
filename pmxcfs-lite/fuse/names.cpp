// Names: looking up, making and removing.
#include <cerrno>
#include <utility>

#include "fuse/commits.h"
#include "fuse/operations.h"
#include "tree/limits.h"

namespace pmx::fuse {
namespace {

bool is_virtual_name(const Filesystem& fs, fuse_ino_t parent, std::string_view name) {
    return directory_inode(parent) == tree::root_inode && fs.virtual_tree.find(name).has_value();
}

// What makes a name that is taken by a file not committed yet fail.
bool is_pending_name(Filesystem& fs, fuse_ino_t parent, std::string_view name) {
    const auto lock = fs.files.lock();
    return fs.files.find_pending(directory_inode(parent), name) != nullptr;
}

// With the lock held.
void count_lookup(Filesystem& fs, NodeIdValue id) {
    fs.files.looked_up(id);
    if (is_virtual(id)) return;
    with_node(fs, id, [&](const tree::Node& node, bool is_private, const GoneNode* gone) {
        if (gone == nullptr) fs.files.seen(id, node, is_private);
    });
}

void reply_made(Filesystem& fs, fuse_req_t request, const ports::SubmitResult& result,
                mode_t mode) {
    if (result.result != Code::ok) return reply_code(request, result.result);
    {
        const auto lock = fs.files.lock();
        count_lookup(fs, result.inode.value);
        fs.files.made(result.inode.value, fuse_req_ctx(request)->pid, mode);
    }
    reply_entry(fs, request, result.inode.value);
}

void make(Filesystem& fs, fuse_req_t request, fuse_ino_t parent, const char* name, mode_t mode,
          tree::Op op) {
    if (is_virtual_name(fs, parent, name) || is_pending_name(fs, parent, name)) {
        return reply_code(request, Code::already_exists);
    }
    submit_held(fs, request, std::move(op),
                [&fs, mode](fuse_req_t held, const ports::SubmitResult& result) {
                    reply_made(fs, held, result, mode);
                });
}

// Finding it and counting it are one step: what goes from the tree afterwards is kept.
void answer_lookup(Filesystem& fs, fuse_req_t request, fuse_ino_t parent, const std::string& name) {
    std::optional<NodeIdValue> id;
    {
        const auto lock = fs.files.lock();
        id = find_child(fs, parent, name);
        if (id) count_lookup(fs, *id);
    }
    if (!id) return reply_code(request, Code::not_found);
    reply_entry(fs, request, *id);
}

}  // namespace

void lookup(Filesystem& fs, fuse_req_t request, fuse_ino_t parent, const std::string& name) {
    if (name.size() > tree::max_name_bytes) return reply_code(request, Code::name_too_long);
    const pid_t thread = fuse_req_ctx(request)->pid;
    auto lock = fs.files.lock();
    fs.files.looks_up(thread);
    // What comes of a file is told of in its turn: the others' events need not wait for it.
    const auto id = fs.events.is_helper(thread) ? std::nullopt : find_child(fs, parent, name);
    if (id) {
        const auto file = fs.files.find(*id);
        const auto retry = [&fs, parent, name](fuse_req_t held) {
            answer_lookup(fs, held, parent, name);
        };
        if (wait_for_released_edits(fs, lock, file.get(), request, retry)) return;
    }
    lock.unlock();
    answer_lookup(fs, request, parent, name);
}

void make_node(Filesystem& fs, fuse_req_t request, fuse_ino_t parent, const char* name,
               mode_t mode) {
    if (!S_ISREG(mode)) return reply_code(request, Code::permission_denied);
    make(fs, request, parent, name, mode, tree::CreateFile{{directory_inode(parent), name}});
}

void make_directory(Filesystem& fs, fuse_req_t request, fuse_ino_t parent, const char* name,
                    mode_t mode) {
    make(fs, request, parent, name, mode, tree::MakeDirectory{{directory_inode(parent), name}});
}

void remove_file(Filesystem& fs, fuse_req_t request, fuse_ino_t parent, const std::string& name) {
    if (is_virtual_name(fs, parent, name)) return reply_code(request, Code::permission_denied);
    auto lock = fs.files.lock();
    if (const auto file = fs.files.find_pending(directory_inode(parent), name)) {
        if (!file->commits.empty()) {
            const auto again = [&fs, parent, name](fuse_req_t held) {
                remove_file(fs, held, parent, name);
            };
            file->commits.back()->waiters.push_back(whatever_comes_of_it(fs, request, again));
            return;
        }
        fs.files.became_removed(*file);
        fs.files.drop_if_unused(file);
        lock.unlock();
        return reply_code(request, Code::ok);
    }
    lock.unlock();
    submit_held(fs, request, tree::RemoveFile{{directory_inode(parent), name}},
                [](fuse_req_t held, const ports::SubmitResult& result) {
                    reply_code(held, result.result);
                });
}

void remove_directory(Filesystem& fs, fuse_req_t request, fuse_ino_t parent, const char* name) {
    if (is_virtual_name(fs, parent, name)) return reply_code(request, Code::not_a_directory);
    {
        const auto lock = fs.files.lock();
        const ports::TreeView tree = fs.store.read();
        const tree::Node* node = tree->child(directory_inode(parent), name);
        if (node != nullptr && !fs.files.pending_below(node->inode).empty()) {
            return reply_code(request, Code::not_empty);
        }
    }
    submit_held(fs, request, tree::RemoveDirectory{{directory_inode(parent), name}},
                [](fuse_req_t held, const ports::SubmitResult& result) {
                    reply_code(held, result.result);
                });
}

void read_link(Filesystem& fs, fuse_req_t request, fuse_ino_t id) {
    const VirtualNode* node = is_virtual(id) ? fs.virtual_tree.node(id) : nullptr;
    if (node == nullptr || !node->is_link) return reply_code(request, Code::invalid_argument);
    fuse_reply_readlink(request, node->content().c_str());
}

}  // namespace pmx::fuse
