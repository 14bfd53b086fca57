#include "fuse/filesystem.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/log.h"
#include "fuse/caller.h"
#include "fuse/errno_table.h"
#include "tree/layout.h"

namespace pmx::fuse {
namespace {

using namespace std::chrono_literals;

// No request waits longer for a close that nobody waited for.
constexpr auto released_edits_wait = 1s;

std::optional<struct stat> virtual_attributes(Filesystem& fs, NodeIdValue id) {
    const VirtualNode* node = fs.virtual_tree.node(id);
    if (node == nullptr) return std::nullopt;
    const mode_t permissions = node->is_link ? 0755 : (node->write ? 0640 : 0440);
    const LinkMarks::Mark mark = node->is_link ? fs.link_marks.of(id) : LinkMarks::Mark();
    auto attributes =
        fs.attributes.of_virtual(node->is_link ? S_IFLNK : S_IFREG, permissions, mark.root_group);
    attributes.st_ino = id;
    set_size(attributes, node->content().size());
    set_time(attributes, node->is_link ? mark.mtime : fs.store.read()->time());
    return attributes;
}

struct stat node_attributes(const Filesystem& fs, const tree::Node& node, bool is_private,
                            NodeIdValue id) {
    auto attributes = fs.attributes.of(node.kind, is_private, node.withheld);
    attributes.st_ino = id;
    set_size(attributes, node.content ? node.content->size() : 0);
    set_time(attributes, node.mtime);
    return attributes;
}

struct stat gone_attributes(const Filesystem& fs, const GoneNode& gone, NodeIdValue id) {
    auto attributes = node_attributes(fs, gone.node, gone.is_private, id);
    set_size(attributes, gone.size);
    set_time(attributes, gone.mtime);
    attributes.st_nlink = 0;
    return attributes;
}

std::optional<struct stat> attributes_of_node(Filesystem& fs, NodeIdValue id) {
    std::optional<struct stat> attributes;
    with_node(fs, id, [&](const tree::Node& node, bool is_private, const GoneNode* gone) {
        attributes = gone != nullptr ? gone_attributes(fs, *gone, id)
                                     : node_attributes(fs, node, is_private, id);
    });
    return attributes;
}

}  // namespace

Inode directory_inode(fuse_ino_t id) {
    return Inode(id);  // directories have no provisional ids
}

std::optional<NodeIdValue> find_child(Filesystem& fs, fuse_ino_t parent, const std::string& name) {
    const Inode directory = directory_inode(parent);
    if (directory == tree::root_inode) {
        if (const auto id = fs.virtual_tree.find(name)) return id;
    }
    if (const auto file = fs.files.find_pending(directory, name)) return file->node_id;
    const ports::TreeView tree = fs.store.read();
    const tree::Node* node = tree->child(directory, name);
    if (node == nullptr) return std::nullopt;
    return fs.files.node_id_of(node->inode);
}

bool with_node(Filesystem& fs, NodeIdValue id, const UseNode& use) {
    if (const auto inode = fs.files.inode_of(id)) {
        const ports::TreeView tree = fs.store.read();
        if (const tree::Node* node = tree->find(*inode)) {
            use(*node, tree::is_private(*tree, *inode), nullptr);
            return true;
        }
    }
    const GoneNode* gone = fs.files.find_gone(id);
    if (gone != nullptr) use(gone->node, gone->is_private, gone);
    return gone != nullptr;
}

std::shared_ptr<OpenFile> known_file(Filesystem& fs, NodeIdValue id, int& error) {
    if (auto file = fs.files.find(id)) return file;
    std::shared_ptr<OpenFile> file;
    error = ENOENT;
    with_node(fs, id, [&](const tree::Node& node, bool, const GoneNode* gone) {
        if (node.kind == tree::NodeKind::directory) return;
        file = gone != nullptr ? fs.files.open_gone(id, *gone) : fs.files.open_committed(node);
        if (!file) error = ESTALE;  // the kernel looks the name up again
    });
    return file;
}

struct stat committed_attributes(Filesystem& fs, const OpenFile& file) {
    if (file.state == OpenFile::State::committed) {
        const ports::TreeView tree = fs.store.read();
        if (const tree::Node* node = tree->find(file.inode)) {
            return node_attributes(fs, *node, tree::is_private(*tree, file.inode), file.node_id);
        }
    }
    const GoneNode* gone =
        file.state == OpenFile::State::pending ? nullptr : fs.files.find_gone(file.node_id);
    auto attributes = gone != nullptr
                          ? gone_attributes(fs, *gone, file.node_id)
                          : fs.attributes.of(tree::NodeKind::file, file.is_private, file.withheld);
    attributes.st_ino = file.node_id;
    set_size(attributes, file.latest->size());
    set_time(attributes, file.mtime);
    if (file.state == OpenFile::State::removed) attributes.st_nlink = 0;
    return attributes;
}

WallTime time_of_edit(const Filesystem& fs) {
    const WallTime newest = fs.store.read()->time();
    return newest == WallTime::max()
               ? newest
               : std::max(fs.clock.wall(), newest + std::chrono::nanoseconds(1));
}

struct stat attributes_through(Filesystem& fs, const Handle& handle) {
    auto attributes = committed_attributes(fs, *handle.file);
    if (!is_dirty(handle)) return attributes;
    set_size(attributes, size_with_own_edits(handle));
    set_time(attributes, handle.mtime.value_or(handle.edited));
    return attributes;
}

const Handle* unsaved_handle_of(const OpenFile& file, pid_t process) {
    for (auto at = file.handles.rbegin(); at != file.handles.rend(); ++at) {
        if (is_dirty(**at) && (*at)->actor.pid == process) return at->get();
    }
    return nullptr;
}

bool has_unsaved_handle(const OpenFile& file) {
    return std::any_of(file.handles.begin(), file.handles.end(),
                       [](const auto& handle) { return is_dirty(*handle); });
}

std::optional<struct stat> attributes_of(Filesystem& fs, NodeIdValue id, pid_t thread) {
    if (is_virtual(id)) return virtual_attributes(fs, id);
    auto lock = fs.files.lock();
    auto file = fs.files.find(id);
    if (!file) return attributes_of_node(fs, id);
    if (!has_unsaved_handle(*file)) return committed_attributes(fs, *file);
    lock.unlock();
    const pid_t process = process_of(thread);
    lock.lock();
    const Handle* own = unsaved_handle_of(*file, process);
    return own != nullptr ? attributes_through(fs, *own) : committed_attributes(fs, *file);
}

std::optional<struct stat> attributes_to_tell(Filesystem& fs, NodeIdValue id) {
    if (is_virtual(id)) return virtual_attributes(fs, id);
    auto lock = fs.files.lock();
    const auto file = fs.files.find(id);
    if (!file) return attributes_of_node(fs, id);
    file->told = file->latest;
    return committed_attributes(fs, *file);
}

fuse_entry_param entry_of(NodeIdValue id, const struct stat& attributes) {
    fuse_entry_param entry{};
    entry.ino = id;
    entry.attr = attributes;
    entry.attr_timeout = cache_seconds;
    entry.entry_timeout = cache_seconds;
    return entry;
}

void reply_entry(Filesystem& fs, fuse_req_t request, NodeIdValue id) {
    const auto attributes = attributes_to_tell(fs, id);
    bool known = false;
    if (attributes) {
        const fuse_entry_param entry = entry_of(id, *attributes);
        known = fuse_reply_entry(request, &entry) == 0;
    } else {
        reply_code(request, Code::not_found);
    }
    if (known) return;
    const auto lock = fs.files.lock();
    fs.files.forgotten(id, 1);
}

void reply_code(fuse_req_t request, Code code) {
    fuse_reply_err(request, errno_of(code));
}

void submit_held(Filesystem& fs, fuse_req_t request, tree::Op op,
                 std::function<void(fuse_req_t, const ports::SubmitResult&)> done) {
    if (const Code code = fs.store.writable(); code != Code::ok) return reply_code(request, code);
    const fuse_ctx& caller = *fuse_req_ctx(request);
    wire::Actor actor = actor_of(caller.uid, caller.pid);
    const Waits::Ticket ticket = fs.waits.hold(request);
    fs.store.submit(std::move(op), std::move(actor), ports::Store::Patience::none,
                    [weak = fs.weak_from_this(), ticket,
                     done = std::move(done)](const ports::SubmitResult& result) {
                        const auto self = weak.lock();
                        if (!self) return;
                        self->waits.answer(ticket, [&](fuse_req_t held) { done(held, result); });
                    });
}

bool wait_for_released_edits(Filesystem& fs, OpenFiles::Lock& lock, OpenFile* file,
                             fuse_req_t request, std::function<void(fuse_req_t)> retry) {
    if (file == nullptr || file->commits.empty()) return false;
    const auto& handles = file->handles;
    const auto released = [&handles](const std::shared_ptr<Commit>& commit) {
        return commit->handle && !commit->edits.empty() &&
               std::find(handles.begin(), handles.end(), commit->handle) == handles.end();
    };
    const auto& commits = file->commits;
    const auto last = std::find_if(commits.rbegin(), commits.rend(), released);
    if (last == commits.rend()) return false;
    const std::shared_ptr<Commit>& commit = *last;
    const Waits::Ticket ticket = fs.waits.hold(request);
    const auto go_on = [weak = fs.weak_from_this(), ticket, retry = std::move(retry)] {
        const auto self = weak.lock();
        if (!self) return;
        self->waits.answer(ticket, retry);
    };
    commit->waiters.push_back({Waiter::Kind::bystander, [go_on](Code) { go_on(); }});
    lock.unlock();
    fs.timer.after(released_edits_wait, go_on);
    return true;
}

}  // namespace pmx::fuse
