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
#include "fuse/file_locks.h"
#include "fuse/fuse_api.h"
#include "fuse/handle_table.h"
#include "fuse/link_marks.h"
#include "fuse/modify_events.h"
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
    Filesystem(ports::Store& the_store, AttributeTable table, ModifyEvents& the_events)
        : store(the_store),
          events(the_events),
          attributes(table),
          virtual_tree(the_store, clock.wall()) {}

    ports::Store& store;
    ModifyEvents& events;
    AttributeTable attributes;
    SystemClock clock;
    VirtualTree virtual_tree;
    LinkMarks link_marks;
    OpenFiles files;
    FileLocks locks;  // guarded by the lock of `files`
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
// With the lock of OpenFiles held.
std::optional<NodeIdValue> find_child(Filesystem& fs, fuse_ino_t parent, const std::string& name);

// Calls `use` with the node that the kernel knows by this id, in the tree or as it was when it went
// from there; false when it is in neither. With the lock held.
using UseNode = std::function<void(const tree::Node& node, bool is_private, const GoneNode* gone)>;
bool with_node(Filesystem& fs, NodeIdValue id, const UseNode& use);
// The file of that node, opened if it is not yet. Else null and in `error` the errno.
std::shared_ptr<OpenFile> known_file(Filesystem& fs, NodeIdValue id, int& error);

// As the thread's process sees it, with its unsaved edits. None when it is gone.
std::optional<struct stat> attributes_of(Filesystem& fs, NodeIdValue id, pid_t thread);
// As it is committed, for an answer whose size the kernel takes for everybody's.
std::optional<struct stat> attributes_to_tell(Filesystem& fs, NodeIdValue id);
// With the lock held.
const Handle* unsaved_handle_of(const OpenFile& file, pid_t process);
bool has_unsaved_handle(const OpenFile& file);
// Of an open file without edits of anybody; for handles, with.
struct stat committed_attributes(Filesystem& fs, const OpenFile& file);
// When an edit made now is made: after all that is committed, whatever the clock says.
WallTime time_of_edit(const Filesystem& fs);
struct stat attributes_through(Filesystem& fs, const Handle& handle);

// Answers LOOKUP and everything else that makes a name known to the kernel. `id` counts as looked
// up already, which is taken back when the kernel does not hear of it.
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
