// What every operation of the mount works on.
#pragma once

#include <sys/stat.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "fuse/attribute_table.h"
#include "fuse/directory_handle.h"
#include "fuse/fuse_api.h"
#include "fuse/handle_table.h"
#include "fuse/open_files.h"
#include "fuse/shared_values.h"
#include "fuse/timer.h"
#include "fuse/virtual_tree.h"
#include "fuse/waits.h"
#include "fuse/worker.h"
#include "ports/store.h"

namespace pmx::fuse {

// Attributes and names are asked for again each time: what is committed shows at once.
inline constexpr double cache_seconds = 0;

struct Filesystem : std::enable_shared_from_this<Filesystem> {
    Filesystem(ports::Store& the_store, AttributeTable table)
        : store(the_store), attributes(table), virtual_tree(the_store, clock.wall()) {}

    ports::Store& store;
    AttributeTable attributes;
    SystemClock clock;
    VirtualTree virtual_tree;
    OpenFiles files;
    HandleTable<DirectoryHandle> directories;
    HandleTable<const std::string> virtual_files;  // content as it was at open
    SharedValues<fuse_ino_t, Listing> listings;
    SharedValues<fuse_ino_t, std::string> virtual_texts;
    Timer timer;
    Waits waits{timer};
    Worker kernel_cache;  // invalidates; may have to wait for the kernel
    fuse_session* session = nullptr;
    std::atomic<bool> stopped = false;
};

// The inode of a directory the kernel names.
Inode directory_inode(fuse_ino_t id);

// The id of what is called `name` in a directory, files of this node not committed yet included.
std::optional<NodeIdValue> find_child(Filesystem& fs, fuse_ino_t parent, const std::string& name);

// As the thread's process sees it. None when it is gone.
std::optional<struct stat> attributes_of(Filesystem& fs, NodeIdValue id, pid_t thread);
// Of an open file without edits of anybody; for handles, with.
struct stat committed_attributes(const Filesystem& fs, const OpenFile& file);
struct stat attributes_through(const Filesystem& fs, const Handle& handle);

// Answers LOOKUP and everything else that makes a name known to the kernel.
void reply_entry(Filesystem& fs, fuse_req_t request, NodeIdValue id);
fuse_entry_param entry_of(NodeIdValue id, const struct stat& attributes);

void reply_code(fuse_req_t request, Code code);

// Sends one operation and answers the request through `done` once it is committed. Refused at once
// when nothing can be written.
void submit_held(Filesystem& fs, fuse_req_t request, tree::Op op,
                 std::function<void(fuse_req_t, const ports::SubmitResult&)> done);

// A close that nobody waited for left edits on their way: holds the request until they are there,
// at most a second, and then calls `retry`. False: nothing to wait for.
bool wait_for_released_edits(Filesystem& fs, OpenFiles::Lock& lock, OpenFile* file,
                             fuse_req_t request, std::function<void(fuse_req_t)> retry);

}  // namespace pmx::fuse
