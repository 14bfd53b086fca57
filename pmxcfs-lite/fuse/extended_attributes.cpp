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
    auto lock = fs.files.lock();
    std::optional<LastChange> change;
    with_node(fs, id, [&change](const tree::Node& node, bool, const GoneNode*) {
        change = LastChange{node.writer, node.version, node.mtime};
    });
    return change;
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

// Who copies what is listed would set it on the copy, where it cannot be true.
void list_extended_attributes(Filesystem& /*fs*/, fuse_req_t request, fuse_ino_t /*id*/,
                              std::size_t size) {
    reply_value(request, {}, size);
}

}  // namespace pmx::fuse
