// The operations of the mount, by topic: each file here answers a handful of FUSE's requests.
#pragma once

#include <fcntl.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "fuse/filesystem.h"
#include "fuse/fuse_api.h"

namespace pmx::fuse {

// The table for libfuse; its user data is a Filesystem.
fuse_lowlevel_ops make_operations();

// names.cpp
void lookup(Filesystem& fs, fuse_req_t request, fuse_ino_t parent, const std::string& name);
void make_node(Filesystem& fs, fuse_req_t request, fuse_ino_t parent, const char* name,
               mode_t mode);
void make_directory(Filesystem& fs, fuse_req_t request, fuse_ino_t parent, const char* name,
                    mode_t mode);
void remove_file(Filesystem& fs, fuse_req_t request, fuse_ino_t parent, const std::string& name);
void remove_directory(Filesystem& fs, fuse_req_t request, fuse_ino_t parent, const char* name);
void read_link(Filesystem& fs, fuse_req_t request, fuse_ino_t id);

// renaming.cpp
struct RenameRequest {
    Inode from_directory;
    std::string from;
    Inode to_directory;
    std::string to;
    bool no_replace = false;
};
void rename(Filesystem& fs, fuse_req_t request, const RenameRequest& asked, unsigned flags);

// directories.cpp
void open_directory(Filesystem& fs, fuse_req_t request, fuse_ino_t id, fuse_file_info* info);
void read_directory(Filesystem& fs, fuse_req_t request, fuse_ino_t id, std::size_t size,
                    off_t offset, fuse_file_info* info);
void release_directory(Filesystem& fs, fuse_req_t request, fuse_file_info* info);

// opening.cpp
void create(Filesystem& fs, fuse_req_t request, fuse_ino_t parent, const std::string& name,
            mode_t mode, fuse_file_info info);
void open(Filesystem& fs, fuse_req_t request, fuse_ino_t id, fuse_file_info info);
void release(Filesystem& fs, fuse_req_t request, fuse_ino_t id, fuse_file_info* info);
Handle& handle_of(const fuse_file_info& info);
// open(O_TRUNC): the kernel asks for it right after the open. The handle that it belongs to; null
// for truncate(path).
Handle* just_opened(Filesystem& fs, fuse_req_t request, fuse_ino_t id);
void truncate_at_open(Filesystem& fs, Handle& handle, const wire::Actor& actor);

// reading.cpp
void read(Filesystem& fs, fuse_req_t request, fuse_ino_t id, std::size_t size, off_t offset,
          fuse_file_info* info);

// writing.cpp
void write(Filesystem& fs, fuse_req_t request, const char* bytes, std::size_t size, off_t offset,
           fuse_file_info* info);
Code truncate_handle(Filesystem& fs, fuse_req_t request, std::uint64_t size, Handle& handle);
void fallocate(Filesystem& fs, fuse_req_t request, int mode, off_t offset, off_t length,
               fuse_file_info* info);

// locking.cpp
void test_range(Filesystem& fs, fuse_req_t request, fuse_ino_t id, const fuse_file_info& info,
                struct flock asked);
void lock_range(Filesystem& fs, fuse_req_t request, fuse_ino_t id, const fuse_file_info& info,
                const struct flock& asked, bool sleeps);
void lock_description(Filesystem& fs, fuse_req_t request, fuse_ino_t id, const fuse_file_info& info,
                      int operation);
// A process closed a descriptor: fcntl's locks go, whichever descriptor they were taken by.
void release_locks_of_owner(Filesystem& fs, fuse_ino_t id, std::uint64_t owner);
// Nobody has the description any more.
void release_locks_of_handle(Filesystem& fs, fuse_ino_t id, std::uint64_t handle);

// saving.cpp
void flush(Filesystem& fs, fuse_req_t request, fuse_ino_t id, fuse_file_info* info);
void synchronise(Filesystem& fs, fuse_req_t request, fuse_file_info* info);

// attributes.cpp
void get_attributes(Filesystem& fs, fuse_req_t request, fuse_ino_t id, fuse_file_info* info);
void set_attributes(Filesystem& fs, fuse_req_t request, fuse_ino_t id, const struct stat& asked,
                    int which, fuse_file_info* info);
void file_system_statistics(Filesystem& fs, fuse_req_t request);

// permissions.cpp
// Goes on with `then` once all that is wished for is in force.
void set_permissions(Filesystem& fs, fuse_req_t request, fuse_ino_t id, const struct stat& current,
                     const PermissionWish& wish, std::function<void(fuse_req_t)> then);

// extended_attributes.cpp
void get_extended_attribute(Filesystem& fs, fuse_req_t request, fuse_ino_t id,
                            const std::string& name, std::size_t size);
void list_extended_attributes(Filesystem& fs, fuse_req_t request, fuse_ino_t id, std::size_t size);

// virtual_operations.cpp
void open_virtual(Filesystem& fs, fuse_req_t request, fuse_ino_t id, fuse_file_info info);
void read_virtual(Filesystem& fs, fuse_req_t request, std::size_t size, off_t offset,
                  fuse_file_info* info);
void write_virtual(Filesystem& fs, fuse_req_t request, fuse_ino_t id, std::string_view bytes);

}  // namespace pmx::fuse
