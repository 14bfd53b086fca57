// Listing directories.
#include <utility>

#include "fuse/operations.h"

namespace pmx::fuse {
namespace {

std::vector<DirectoryEntry> list(Filesystem& fs, fuse_ino_t id) {
    const Inode directory = directory_inode(id);
    std::vector<DirectoryEntry> entries;
    const auto lock = fs.files.lock();
    const ports::TreeView tree = fs.store.read();
    const tree::Node* node = tree->find(directory);
    if (node == nullptr) return entries;  // removed: nothing is in it
    entries.reserve(node->children.size() + 2);
    entries.push_back({".", id, S_IFDIR});
    entries.push_back({"..", node->parent.value, S_IFDIR});
    for (const auto& [name, inode] : node->children) {
        const tree::Node* child = tree->find(inode);
        const bool is_directory = child->kind == tree::NodeKind::directory;
        entries.push_back({name, is_directory ? inode.value : fs.files.node_id_of(inode),
                           is_directory ? mode_t{S_IFDIR} : mode_t{S_IFREG}});
    }
    for (const auto& file : fs.files.pending_below(directory)) {
        if (!node->children.contains(file->name)) {
            entries.push_back({file->name, file->node_id, S_IFREG});
        }
    }
    return entries;
}

void add_virtual(const Filesystem& fs, std::vector<DirectoryEntry>& entries) {
    const auto& nodes = fs.virtual_tree.nodes();
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const mode_t type = nodes[i].is_link ? S_IFLNK : S_IFREG;
        entries.push_back({nodes[i].name, VirtualTree::id_at(i), type});
    }
}

}  // namespace

void open_directory(Filesystem& fs, fuse_req_t request, fuse_ino_t /*id*/, fuse_file_info* info) {
    info->fh = fs.directories.add(std::make_shared<DirectoryHandle>());
    if (fuse_reply_open(request, info) != 0) fs.directories.remove(info->fh);
}

void read_directory(Filesystem& fs, fuse_req_t request, fuse_ino_t id, std::size_t size,
                    off_t offset, fuse_file_info* info) {
    const auto handle = fs.directories.find(info->fh);
    if (!handle) return reply_code(request, Code::invalid_argument);
    const std::lock_guard lock(handle->mutex);
    if (offset == 0 || !handle->listing) {
        Listing entries = list(fs, id);
        if (directory_inode(id) == tree::root_inode) add_virtual(fs, entries);
        handle->listing = fs.listings.share(id, std::move(entries));
    }
    const Listing& entries = *handle->listing;
    std::string buffer(size, '\0');
    std::size_t used = 0;
    for (auto next = static_cast<std::size_t>(offset); next < entries.size(); ++next) {
        const DirectoryEntry& entry = entries[next];
        struct stat attributes {};
        attributes.st_ino = entry.id;
        attributes.st_mode = entry.type;
        const std::size_t needs =
            fuse_add_direntry(request, buffer.data() + used, size - used, entry.name.c_str(),
                              &attributes, static_cast<off_t>(next + 1));
        if (needs > size - used) break;
        used += needs;
    }
    fuse_reply_buf(request, buffer.data(), used);
}

void release_directory(Filesystem& fs, fuse_req_t request, fuse_file_info* info) {
    fs.directories.remove(info->fh);
    reply_code(request, Code::ok);
}

}  // namespace pmx::fuse
