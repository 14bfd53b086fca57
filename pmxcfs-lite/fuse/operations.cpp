#include "fuse/operations.h"

#include <cerrno>
#include <exception>
#include <string>

#include "base/log.h"

namespace pmx::fuse {
namespace {

// Calls an operation with the Filesystem; what a library throws (no memory) becomes an error of
// this one request.
template <typename Operation>
void answer(fuse_req_t request, Operation operation) {
    try {
        operation(*static_cast<Filesystem*>(fuse_req_userdata(request)));
    } catch (const std::exception& failure) {
        log::error("the mount could not serve a request: " + std::string(failure.what()));
        fuse_reply_err(request, EIO);
    }
}

void initialise(void* /*filesystem*/, fuse_conn_info* connection) {
    // Requests are small: reading them through a pipe costs more than it saves.
    connection->want &= ~static_cast<unsigned>(FUSE_CAP_SPLICE_READ);
    // Told to truncate with the open, the kernel takes the file for empty at once, for everybody
    // who copies it: a SETATTR after the open lets the answer say which size holds.
    connection->want &= ~static_cast<unsigned>(FUSE_CAP_ATOMIC_O_TRUNC);
}

void add_name_operations(fuse_lowlevel_ops& ops) {
    ops.lookup = [](fuse_req_t req, fuse_ino_t parent, const char* name) {
        answer(req, [&](Filesystem& fs) { lookup(fs, req, parent, name); });
    };
    ops.forget = [](fuse_req_t req, fuse_ino_t id, std::uint64_t lookups) {
        auto& fs = *static_cast<Filesystem*>(fuse_req_userdata(req));
        {
            const auto lock = fs.files.lock();
            fs.files.forgotten(id, lookups);
        }
        fuse_reply_none(req);
    };
    ops.mknod = [](fuse_req_t req, fuse_ino_t parent, const char* name, mode_t mode, dev_t) {
        answer(req, [&](Filesystem& fs) { make_node(fs, req, parent, name, mode); });
    };
    ops.mkdir = [](fuse_req_t req, fuse_ino_t parent, const char* name, mode_t mode) {
        answer(req, [&](Filesystem& fs) { make_directory(fs, req, parent, name, mode); });
    };
    ops.unlink = [](fuse_req_t req, fuse_ino_t parent, const char* name) {
        answer(req, [&](Filesystem& fs) { remove_file(fs, req, parent, name); });
    };
    ops.rmdir = [](fuse_req_t req, fuse_ino_t parent, const char* name) {
        answer(req, [&](Filesystem& fs) { remove_directory(fs, req, parent, name); });
    };
    ops.rename = [](fuse_req_t req, fuse_ino_t parent, const char* name, fuse_ino_t new_parent,
                    const char* new_name, unsigned flags) {
        answer(req, [&](Filesystem& fs) {
            rename(fs, req,
                   {.from_directory = directory_inode(parent),
                    .from = name,
                    .to_directory = directory_inode(new_parent),
                    .to = new_name},
                   flags);
        });
    };
    ops.readlink = [](fuse_req_t req, fuse_ino_t id) {
        answer(req, [&](Filesystem& fs) { read_link(fs, req, id); });
    };
    ops.symlink = [](fuse_req_t req, const char*, fuse_ino_t, const char*) {
        fuse_reply_err(req, EPERM);
    };
    ops.link = [](fuse_req_t req, fuse_ino_t, fuse_ino_t, const char*) {
        fuse_reply_err(req, EPERM);
    };
}

void add_directory_operations(fuse_lowlevel_ops& ops) {
    ops.opendir = [](fuse_req_t req, fuse_ino_t id, fuse_file_info* info) {
        answer(req, [&](Filesystem& fs) { open_directory(fs, req, id, info); });
    };
    ops.readdir = [](fuse_req_t req, fuse_ino_t id, std::size_t size, off_t offset,
                     fuse_file_info* info) {
        answer(req, [&](Filesystem& fs) { read_directory(fs, req, id, size, offset, info); });
    };
    ops.releasedir = [](fuse_req_t req, fuse_ino_t, fuse_file_info* info) {
        answer(req, [&](Filesystem& fs) { release_directory(fs, req, info); });
    };
    // What changes a directory is on disk when it is answered.
    ops.fsyncdir = [](fuse_req_t req, fuse_ino_t, int, fuse_file_info*) { fuse_reply_err(req, 0); };
}

void add_file_operations(fuse_lowlevel_ops& ops) {
    ops.create = [](fuse_req_t req, fuse_ino_t parent, const char* name, mode_t mode,
                    fuse_file_info* info) {
        answer(req, [&](Filesystem& fs) { create(fs, req, parent, name, mode, *info); });
    };
    ops.open = [](fuse_req_t req, fuse_ino_t id, fuse_file_info* info) {
        answer(req, [&](Filesystem& fs) { open(fs, req, id, *info); });
    };
    ops.release = [](fuse_req_t req, fuse_ino_t id, fuse_file_info* info) {
        answer(req, [&](Filesystem& fs) { release(fs, req, id, info); });
    };
    ops.read = [](fuse_req_t req, fuse_ino_t id, std::size_t size, off_t offset,
                  fuse_file_info* info) {
        answer(req, [&](Filesystem& fs) { read(fs, req, id, size, offset, info); });
    };
    ops.write = [](fuse_req_t req, fuse_ino_t id, const char* bytes, std::size_t size, off_t offset,
                   fuse_file_info* info) {
        answer(req, [&](Filesystem& fs) {
            if (is_virtual(id)) return write_virtual(fs, req, id, {bytes, size});
            write(fs, req, bytes, size, offset, info);
        });
    };
    ops.flush = [](fuse_req_t req, fuse_ino_t id, fuse_file_info* info) {
        answer(req, [&](Filesystem& fs) { flush(fs, req, id, info); });
    };
    ops.fsync = [](fuse_req_t req, fuse_ino_t id, int, fuse_file_info* info) {
        if (is_virtual(id)) return void(fuse_reply_err(req, 0));
        answer(req, [&](Filesystem& fs) { synchronise(fs, req, info); });
    };
    ops.fallocate = [](fuse_req_t req, fuse_ino_t id, int mode, off_t offset, off_t length,
                       fuse_file_info* info) {
        if (is_virtual(id)) return void(fuse_reply_err(req, EOPNOTSUPP));
        answer(req, [&](Filesystem& fs) { fallocate(fs, req, mode, offset, length, info); });
    };
    // The kernel would cut it to a size that may be a moment old: programs read and write instead.
    // For EOPNOTSUPP it would splice, which is no better.
    ops.copy_file_range = [](fuse_req_t req, fuse_ino_t, off_t, fuse_file_info*, fuse_ino_t, off_t,
                             fuse_file_info*, std::size_t, int) { fuse_reply_err(req, EINVAL); };
}

void add_lock_operations(fuse_lowlevel_ops& ops) {
    ops.getlk = [](fuse_req_t req, fuse_ino_t id, fuse_file_info* info, struct flock* asked) {
        answer(req, [&](Filesystem& fs) { test_range(fs, req, id, *info, *asked); });
    };
    ops.setlk = [](fuse_req_t req, fuse_ino_t id, fuse_file_info* info, struct flock* asked,
                   int sleeps) {
        answer(req, [&](Filesystem& fs) { lock_range(fs, req, id, *info, *asked, sleeps != 0); });
    };
    ops.flock = [](fuse_req_t req, fuse_ino_t id, fuse_file_info* info, int operation) {
        answer(req, [&](Filesystem& fs) { lock_description(fs, req, id, *info, operation); });
    };
}

void add_attribute_operations(fuse_lowlevel_ops& ops) {
    ops.getattr = [](fuse_req_t req, fuse_ino_t id, fuse_file_info* info) {
        answer(req, [&](Filesystem& fs) { get_attributes(fs, req, id, info); });
    };
    ops.setattr = [](fuse_req_t req, fuse_ino_t id, struct stat* asked, int which,
                     fuse_file_info* info) {
        answer(req, [&](Filesystem& fs) { set_attributes(fs, req, id, *asked, which, info); });
    };
    ops.statfs = [](fuse_req_t req, fuse_ino_t) {
        answer(req, [&](Filesystem& fs) { file_system_statistics(fs, req); });
    };
    ops.getxattr = [](fuse_req_t req, fuse_ino_t id, const char* name, std::size_t size) {
        answer(req, [&](Filesystem& fs) { get_extended_attribute(fs, req, id, name, size); });
    };
    ops.listxattr = [](fuse_req_t req, fuse_ino_t id, std::size_t size) {
        answer(req, [&](Filesystem& fs) { list_extended_attributes(fs, req, id, size); });
    };
    ops.setxattr = [](fuse_req_t req, fuse_ino_t, const char*, const char*, std::size_t, int) {
        fuse_reply_err(req, EOPNOTSUPP);
    };
    ops.removexattr = [](fuse_req_t req, fuse_ino_t, const char*) {
        fuse_reply_err(req, EOPNOTSUPP);
    };
}

}  // namespace

fuse_lowlevel_ops make_operations() {
    fuse_lowlevel_ops ops{};
    ops.init = initialise;
    add_name_operations(ops);
    add_directory_operations(ops);
    add_file_operations(ops);
    add_lock_operations(ops);
    add_attribute_operations(ops);
    return ops;
}

}  // namespace pmx::fuse
