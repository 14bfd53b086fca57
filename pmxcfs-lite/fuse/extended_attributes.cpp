// user.pmx.*: which node wrote a file last, at which index of the log, and when.
#include <cerrno>
#include <ctime>
#include <string>

#include "fuse/operations.h"

namespace pmx::fuse {
namespace {

struct LastChange {
    NodeId writer;
    LogIndex index;
    WallTime time;
};

std::optional<LastChange> last_change(Filesystem& fs, fuse_ino_t id) {
    if (is_virtual(id)) return std::nullopt;
    const auto lock = fs.files.lock();
    const auto inode = fs.files.inode_of(id);
    if (!inode) return std::nullopt;
    const ports::TreeView tree = fs.store.read();
    const tree::Node* node = tree->find(*inode);
    if (node == nullptr) return std::nullopt;
    return LastChange{node->writer, node->version, node->mtime};
}

std::string to_text(WallTime time) {
    const std::time_t seconds = to_s(time);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::string text(32, '\0');
    text.resize(std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts));
    return text;
}

void reply_value(fuse_req_t request, std::string_view value, std::size_t size) {
    if (size == 0) {
        fuse_reply_xattr(request, value.size());
    } else if (value.size() > size) {
        fuse_reply_err(request, ERANGE);
    } else {
        fuse_reply_buf(request, value.data(), value.size());
    }
}

}  // namespace

void get_extended_attribute(Filesystem& fs, fuse_req_t request, fuse_ino_t id,
                            const std::string& name, std::size_t size) {
    // Every listing asks for ACLs, every truncation for capabilities: no, without looking.
    if (!name.starts_with("user.pmx.")) return void(fuse_reply_err(request, ENODATA));
    const auto change = last_change(fs, id);
    if (!change) return void(fuse_reply_err(request, ENODATA));
    if (name == "user.pmx.writer") {
        return reply_value(request, std::to_string(change->writer.value), size);
    }
    if (name == "user.pmx.index") {
        return reply_value(request, std::to_string(change->index.value), size);
    }
    if (name == "user.pmx.time") return reply_value(request, to_text(change->time), size);
    fuse_reply_err(request, ENODATA);
}

void list_extended_attributes(Filesystem& fs, fuse_req_t request, fuse_ino_t id, std::size_t size) {
    using namespace std::string_view_literals;
    constexpr auto names = "user.pmx.writer\0user.pmx.index\0user.pmx.time\0"sv;
    reply_value(request, last_change(fs, id) ? names : std::string_view(), size);
}

}  // namespace pmx::fuse
