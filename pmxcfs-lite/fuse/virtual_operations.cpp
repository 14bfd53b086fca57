// Opening, reading and writing the virtual files.
#include <fcntl.h>

#include "fuse/operations.h"
#include "fuse/reading.h"

namespace pmx::fuse {

void open_virtual(Filesystem& fs, fuse_req_t request, fuse_ino_t id, fuse_file_info info) {
    const VirtualNode* node = fs.virtual_tree.node(id);
    if (node == nullptr) return reply_code(request, Code::not_found);
    const bool writes = (info.flags & O_ACCMODE) != O_RDONLY || (info.flags & O_TRUNC) != 0;
    if (writes && !node->write) return reply_code(request, Code::access_denied);
    info.fh = fs.virtual_files.add(fs.virtual_texts.share(id, node->content()));
    info.direct_io = 1;
    if (fuse_reply_open(request, &info) != 0) fs.virtual_files.remove(info.fh);
}

void read_virtual(Filesystem& fs, fuse_req_t request, std::size_t size, off_t offset,
                  fuse_file_info* info) {
    const auto content = fs.virtual_files.find(info->fh);
    if (!content) return reply_code(request, Code::invalid_argument);
    const std::string_view bytes = range_of(*content, offset, size);
    fuse_reply_buf(request, bytes.data(), bytes.size());
}

void write_virtual(Filesystem& fs, fuse_req_t request, fuse_ino_t id, std::string_view bytes) {
    const VirtualNode* node = fs.virtual_tree.node(id);
    if (node == nullptr || !node->write) return reply_code(request, Code::access_denied);
    if (const Code code = node->write(bytes); code != Code::ok) return reply_code(request, code);
    fuse_reply_write(request, bytes.size());
}

}  // namespace pmx::fuse
