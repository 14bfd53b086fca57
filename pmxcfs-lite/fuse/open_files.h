// Files that are open, or that this node's processes see before the log does.
//
// All of it is guarded by one mutex, held for memory operations only: never while answering a
// request or calling submit(). The tree may be read under it.
#pragma once

#include <sys/types.h>

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
#include "fuse/gone_nodes.h"
#include "fuse/node_id.h"
#include "tree/tree.h"
#include "wire/entry.h"

namespace pmx::fuse {

struct Handle;
struct OpenFile;

// Who waits for a commit.
struct Waiter {
    enum class Kind {
        saver,      // is told what became of it
        bystander,  // waits for it to be over, and does something else then
    };
    Kind kind = Kind::saver;
    std::function<void(Code)> call;  // once, without the mutex
};

// Edits on their way to the log as one entry. Those of one file go one at a time, in order.
struct Commit {
    std::shared_ptr<Handle> handle;  // null: truncate(path), or a pending file that must settle
    std::vector<tree::Edit> edits;
    std::optional<WallTime> mtime;
    wire::Actor actor;
    std::vector<Waiter> waiters;
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
    tree::Content told;            // whose size the kernel heard last; null: of none since the open
    WallTime mtime;                // pending and removed: what stat shows
    bool is_private = false;       // pending and removed: as it was at the creation
    tree::Withheld withheld;       // removed: as it was last
    bool has_news = false;         // for watchers, once a commit is through
    bool creation_failed = false;  // told to who waited: the last close must not try again

    std::vector<std::shared_ptr<Handle>> handles;
    std::deque<std::shared_ptr<Commit>> commits;  // the first one is on its way
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
    pid_t opener = 0;               // the thread
    bool of_several = false;        // processes: the unsaved edits
    int killed_by = 0;              // the signal that ended who edited last, before it saved
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
    void left_the_tree(Inode inode);

    std::shared_ptr<OpenFile> add_pending(Inode parent, std::string name, WallTime now);
    std::shared_ptr<OpenFile> open_committed(const tree::Node& node);
    // Null when its content is not kept any more.
    std::shared_ptr<OpenFile> open_gone(NodeIdValue node_id, const GoneNode& gone);

    void became_committed(const std::shared_ptr<OpenFile>& file, Inode inode);
    void became_removed(OpenFile& file);

    // The kernel learned, or forgot, the id.
    void looked_up(NodeIdValue node_id);
    void forgotten(NodeIdValue node_id, std::uint64_t lookups);
    [[nodiscard]] bool is_known(NodeIdValue node_id) const { return known_.contains(node_id); }
    // The kernel got content to keep, which other reads than sendfile(2), splice(2) and those of
    // mappings do not give it.
    void keeps_pages(NodeIdValue node_id);
    // Whether it may have kept some; no more, from now on.
    bool take_keeps_pages(NodeIdValue node_id);
    // A thread made the node of an id that is known, with that mode.
    void made(NodeIdValue node_id, pid_t thread, mode_t mode);
    [[nodiscard]] bool is_just_made_by(NodeIdValue node_id, pid_t thread) const;
    // The mode, if this thread made it; once.
    std::optional<mode_t> take_made_with(NodeIdValue node_id, pid_t thread);
    // What the tree has behind an id now.
    void seen(NodeIdValue node_id, const tree::Node& node, bool is_private);

    // What went from the tree while the kernel knew it is served until the kernel forgets it: a
    // program may have looked its name up and not opened it yet. Null when it was never there. Of
    // what the tree does not have.
    const GoneNode* find_gone(NodeIdValue node_id);
    // Where it was at the last: a directory above it may have been moved since it was seen.
    void goes_from(NodeIdValue node_id, bool is_private);
    void set_time_of_gone(NodeIdValue node_id, WallTime mtime) { gone_.set_time(node_id, mtime); }
    void set_withheld_of_gone(NodeIdValue node_id, const tree::Withheld& withheld) {
        gone_.set_withheld(node_id, withheld);
    }
    // Forgets the file when nothing needs it any more.
    void drop_if_unused(const std::shared_ptr<OpenFile>& file);

    // What a thread did last was to open this handle: the kernel truncates for O_TRUNC then, and
    // looks a name up before it truncates by path.
    void opened_by(pid_t thread, Handle& handle);
    void looks_up(pid_t thread) { opened_last_.erase(thread); }
    // Null when it did something else since, or opened another file.
    Handle* take_opened_by(pid_t thread, NodeIdValue node_id);
    void released(const Handle& handle);

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
    std::unordered_map<NodeIdValue, KnownNode> known_;
    GoneNodes gone_;
    std::unordered_map<pid_t, Handle*> opened_last_;
    // Of the files that got a provisional number and are in the tree now.
    std::unordered_map<NodeIdValue, Inode> inode_of_provisional_;
    std::unordered_map<std::uint64_t, NodeIdValue> provisional_of_inode_;
    std::uint64_t next_provisional_ = first_provisional;
    std::uint64_t unsaved_growth_ = 0;
};

// What the handle reads when it starts from `base`: with its own edits.
tree::Content with_own_edits(const Handle& handle, const tree::Content& base);
// What the file will have once they are saved.
std::uint64_t size_with_own_edits(const Handle& handle);
[[nodiscard]] bool is_dirty(const Handle& handle);

}  // namespace pmx::fuse
