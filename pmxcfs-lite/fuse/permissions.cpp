// chmod and chown: less than its place gives is kept with a file, more has no effect.
#include <algorithm>
#include <utility>

#include "fuse/caller.h"
#include "fuse/commits.h"
#include "fuse/operations.h"
#include "tree/layout.h"
#include "tree/permissions.h"

namespace pmx::fuse {
namespace {

bool is_below_priv(Filesystem& fs, fuse_ino_t id) {
    const auto lock = fs.files.lock();
    const auto file = fs.files.find(id);
    bool result = file && file->is_private;
    with_node(fs, id, [&result](const tree::Node&, bool is_private, const GoneNode*) {
        result = is_private;
    });
    return result;
}

// install and rsync make a file, close it to others, and give it its mode when it is written. While
// nothing of the content is saved, a chmod takes nothing from anybody; the last one is judged.
bool is_being_made(Filesystem& fs, fuse_ino_t id) {
    const auto lock = fs.files.lock();
    const auto file = fs.files.find(id);
    if (!file || !file->latest->empty()) return false;
    const auto& handles = file->handles;
    return std::any_of(handles.begin(), handles.end(),
                       [](const auto& handle) { return handle->writable; });
}

// In a cluster where some programs know of no modes: whether what is asked for is so already.
Code check_without_modes(Filesystem& fs, fuse_ino_t id, const struct stat& current,
                         const PermissionWish& wish) {
    if (wish.owner.value_or(current.st_uid) != current.st_uid ||
        wish.group.value_or(current.st_gid) != current.st_gid) {
        return Code::permission_denied;
    }
    if (!wish.mode || is_being_made(fs, id)) return Code::ok;
    return AttributeTable::check_mode(current, is_below_priv(fs, id), *wish.mode);
}

// There is nothing to keep it with: less cannot be had. Of links nobody looks at the group.
Code set_of_virtual(Filesystem& fs, fuse_ino_t id, const struct stat& current,
                    const tree::SetPermissions& op) {
    const bool less = op.mode && (current.st_mode & tree::mode_bits & ~*op.mode) != 0;
    const bool is_link = S_ISLNK(current.st_mode);
    if (less || (op.root_group.value_or(false) && !is_link)) return Code::permission_denied;
    if (op.root_group && is_link) fs.link_marks.set_group(id, *op.root_group);
    return Code::ok;
}

// A new file has its place's mode, whatever the mode it is made with: what is written under a
// narrow umask is to be read by the store's group all the same. But tar makes a file with the mode
// that it is to have, says whose it is, and sets no mode any more: who says that means the other
// too, unless it has looked at the mode (get_attributes) and knows which it is.
std::optional<mode_t> mode_made_with(Filesystem& fs, fuse_req_t request, fuse_ino_t id,
                                     const PermissionWish& wish) {
    const auto lock = fs.files.lock();
    const auto mode = fs.files.take_made_with(id, fuse_req_ctx(request)->pid);
    return wish.mode ? std::nullopt : mode;
}

// Comes to be before its mode is set, and the mode is set before there is content: nobody may find
// more in it than its mode lets him.
void commit_pending(Filesystem& fs, OpenFiles::Lock lock, fuse_req_t request,
                    const std::shared_ptr<OpenFile>& file, const wire::Actor& actor,
                    std::function<void(fuse_req_t)> again) {
    auto waiter = answer_then(fs, request, std::move(again));
    if (!file->commits.empty()) {
        file->commits.back()->waiters.push_back(std::move(waiter));
        return;
    }
    Commit creation;
    creation.actor = actor;
    creation.waiters.push_back(std::move(waiter));
    commit_file(fs, std::move(lock), file, std::move(creation));
}

// A node and what it withholds.
struct Kept {
    Inode inode;
    tree::NodeKind kind;
    tree::Withheld withheld;
    bool is_gone;  // from the tree
};

std::optional<Kept> kept_by(Filesystem& fs, fuse_ino_t id) {
    const auto lock = fs.files.lock();
    std::optional<Kept> kept;
    with_node(fs, id, [&kept](const tree::Node& node, bool, const GoneNode* gone) {
        kept = Kept{node.inode, node.kind, node.withheld, gone != nullptr};
    });
    return kept;
}

void keep_with_gone(Filesystem& fs, fuse_ino_t id, const tree::Withheld& withheld) {
    const auto lock = fs.files.lock();
    fs.files.set_withheld_of_gone(id, withheld);
}

void keep(Filesystem& fs, fuse_req_t request, fuse_ino_t id, tree::SetPermissions op,
          std::function<void(fuse_req_t)> then) {
    const fuse_ctx& caller = *fuse_req_ctx(request);
    const wire::Actor actor = actor_of(caller.uid, caller.pid);
    {
        auto lock = fs.files.lock();
        const auto file = fs.files.find(id);
        if (file && file->state != OpenFile::State::committed) {
            constexpr auto kind = tree::NodeKind::file;
            const tree::Withheld withheld = tree::withheld_after(kind, file->withheld, op);
            if (file->state == OpenFile::State::pending && withheld != file->withheld) {
                return commit_pending(fs, std::move(lock), request, file, actor,
                                      [&fs, id, op, then = std::move(then)](fuse_req_t held) {
                                          keep(fs, held, id, op, then);
                                      });
            }
            file->withheld = withheld;
            fs.files.set_withheld_of_gone(id, withheld);
            lock.unlock();
            return then(request);
        }
    }
    const auto kept = kept_by(fs, id);
    if (!kept) return reply_code(request, Code::not_found);
    const tree::Withheld withheld = tree::withheld_after(kept->kind, kept->withheld, op);
    if (withheld == kept->withheld) return then(request);
    if (kept->is_gone) {
        keep_with_gone(fs, id, withheld);
        return then(request);
    }
    op.at = {kept->inode, {}};
    submit_held(fs, request, std::move(op),
                [then = std::move(then)](fuse_req_t held, const ports::SubmitResult& result) {
                    if (result.result != Code::ok) return reply_code(held, result.result);
                    then(held);
                });
}

}  // namespace

void set_permissions(Filesystem& fs, fuse_req_t request, fuse_ino_t id, const struct stat& current,
                     const PermissionWish& wish, std::function<void(fuse_req_t)> then) {
    const auto op = fs.attributes.permissions(wish);
    if (is_virtual(id)) {
        const Code code = op ? set_of_virtual(fs, id, current, *op) : op.error().code();
        return code == Code::ok ? then(request) : reply_code(request, code);
    }
    if (fs.store.level() < tree::level_of(tree::SetPermissions())) {
        const Code code = check_without_modes(fs, id, current, wish);
        return code == Code::ok ? then(request) : reply_code(request, code);
    }
    if (!op) return reply_code(request, op.error().code());
    tree::SetPermissions asked = *op;
    if (const auto made_with = mode_made_with(fs, request, id, wish)) {
        asked.mode = static_cast<std::uint16_t>(*made_with & tree::mode_bits);
    }
    keep(fs, request, id, std::move(asked), std::move(then));
}

}  // namespace pmx::fuse
