// Files that are open, or that this node's processes see before the log does.
//
// All of it is guarded by one mutex, held for memory operations only: never while answering a
// request or calling submit(). The tree may be read under it.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "fuse/edits.h"
#include "fuse/node_id.h"
#include "tree/tree.h"
#include "wire/entry.h"

namespace pmx::fuse {

struct Handle;
struct OpenFile;

// Edits on their way to the log as one entry. Those of one file go one at a time, in order.
struct Commit {
    std::shared_ptr<Handle> handle;  // null: truncate(path), or a pending file that must settle
    std::vector<tree::Edit> edits;
    std::optional<WallTime> mtime;
    wire::Actor actor;
    std::vector<std::function<void(Code)>> waiters;  // called once, without the mutex
};

struct OpenFile {
    enum class State {
        pending,    // made by open(O_CREAT), not in the log yet
        committed,  // in the tree
        removed,    // gone from the tree, or never there: lives until its last handle goes
    };

    NodeIdValue node_id = 0;
    State state = State::committed;
    Inode inode;   // committed and, for its number, removed
    Inode parent;  // pending only, with name: where it will be
    std::string name;
    tree::Content latest;          // newest content; empty while pending
    WallTime mtime;                // pending and removed: what stat shows
    bool is_private = false;       // pending and removed: as it was at the creation
    bool creation_failed = false;  // told to who waited: the last close must not try again

    std::vector<std::shared_ptr<Handle>> handles;
    std::deque<std::shared_ptr<Commit>> commits;  // the first one is on its way
    std::uint64_t lookups = 0;                    // of a provisional node id, by the kernel
};

struct Handle : std::enable_shared_from_this<Handle> {
    std::shared_ptr<OpenFile> file;
    bool writable = false;

    // What reads see: this version, or the newest at the next read when there is none.
    tree::Content snapshot;
    bool snapshot_was_read = false;  // reading at offset 0 again starts over

    Edits edits;
    bool explicit_edits = false;    // more than a bare O_TRUNC: a close may commit
    std::uint64_t write_owner = 0;  // FUSE's lock_owner of the last write; 0: not known
    wire::Actor actor;              // who edited last; its pid is the process
    std::optional<WallTime> mtime;  // set by the writer after its last edit
    WallTime edited;                // when that was, for stat
    std::uint64_t growth = 0;       // by which its edits make the file larger
    bool append_timer = false;      // one is running
    Code failed = Code::ok;         // of a commit that nobody waited for
};

class OpenFiles {
  public:
    using Lock = std::unique_lock<std::mutex>;
    [[nodiscard]] Lock lock() { return Lock(mutex_); }

    // All below: with the lock held. ------------------------------------------------------------

    // The file behind a node id when it is known here; else null: then it is the tree's.
    [[nodiscard]] std::shared_ptr<OpenFile> find(NodeIdValue node_id) const;
    [[nodiscard]] std::shared_ptr<OpenFile> find_committed(Inode inode) const;
    [[nodiscard]] std::shared_ptr<OpenFile> find_pending(Inode parent, std::string_view name) const;
    [[nodiscard]] std::vector<std::shared_ptr<OpenFile>> pending_below(Inode parent) const;

    // The tree inode behind a node id; none while pending, and when the id is unknown.
    [[nodiscard]] std::optional<Inode> inode_of(NodeIdValue node_id) const;
    // The id by which the kernel knows a tree inode.
    [[nodiscard]] NodeIdValue node_id_of(Inode inode) const;

    std::shared_ptr<OpenFile> add_pending(Inode parent, std::string name, WallTime now);
    std::shared_ptr<OpenFile> open_committed(const tree::Node& node);

    void became_committed(const std::shared_ptr<OpenFile>& file, Inode inode);
    void became_removed(OpenFile& file);

    // The kernel learned, or forgot, the id.
    void looked_up(NodeIdValue node_id);
    void forgotten(NodeIdValue node_id, std::uint64_t lookups);
    // Forgets the file when nothing needs it any more.
    void drop_if_unused(const std::shared_ptr<OpenFile>& file);

    [[nodiscard]] std::size_t pending_count() const { return pending_.size(); }
    // By how much all unsaved edits would make the store larger.
    [[nodiscard]] std::uint64_t unsaved_growth() const { return unsaved_growth_; }
    void set_growth(Handle& handle, std::uint64_t growth);

    void clear();

  private:
    std::mutex mutex_;
    std::unordered_map<NodeIdValue, std::shared_ptr<OpenFile>> by_node_id_;
    std::map<Inode, std::shared_ptr<OpenFile>> by_inode_;  // committed ones
    std::map<std::pair<Inode, std::string>, std::shared_ptr<OpenFile>> pending_;
    std::uint64_t next_provisional_ = first_provisional;
    std::uint64_t unsaved_growth_ = 0;
};

// What the handle reads when it starts from `base`: with its own edits.
tree::Content with_own_edits(const Handle& handle, const tree::Content& base);
// What the file will have once they are saved.
std::uint64_t size_with_own_edits(const Handle& handle);
[[nodiscard]] bool is_dirty(const Handle& handle);

}  // namespace pmx::fuse
