// The locks that programs of this node hold on files: flock(2) of descriptions, fcntl(2) of ranges.
//
// The kernel asks the daemon for each, so that the daemon knows when what a handle reads must be
// newest. Guarded by the lock of OpenFiles; pure otherwise: who must hear of a grant is returned.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <list>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "fuse/node_id.h"

namespace pmx::fuse {

struct FileLock {
    enum class Kind : std::uint8_t { description, range };  // flock; fcntl, OFD locks included
    static constexpr std::uint64_t whole_file = std::numeric_limits<std::uint64_t>::max();

    Kind kind = Kind::range;
    bool exclusive = false;
    std::uint64_t owner = 0;   // as FUSE says: a process' table of descriptors, or a description
    std::uint64_t handle = 0;  // through which it was taken: what is left goes with it
    std::uint64_t begin = 0;
    std::uint64_t last = whole_file;  // inclusive
    pid_t process = 0;
    uid_t user = 0;
};

class FileLocks {
  public:
    // Ranges held and requests waiting, of one user on all files.
    static constexpr std::size_t max_of_user = 4'096;

    using Granted = std::function<void()>;  // to be called without the lock

    // A lock of somebody else in the way; none: it could be had.
    [[nodiscard]] std::optional<FileLock> conflict(NodeIdValue id, const FileLock& wanted) const;
    [[nodiscard]] bool holds_any(NodeIdValue id, FileLock::Kind kind, std::uint64_t owner) const;
    // Code::busy: in the way of another. Code::no_space: the user has too many.
    Code take(NodeIdValue id, const FileLock& wanted);
    // Takes it when it can be had. Two that wait for each other: false, and it does not wait.
    bool wait(NodeIdValue id, const FileLock& wanted, std::uint64_t ticket, Granted granted);
    void give_up(NodeIdValue id, std::uint64_t ticket);

    // Each returns whom the way is free for now.
    std::vector<Granted> release(NodeIdValue id, const FileLock& range);
    std::vector<Granted> release_owner(NodeIdValue id, FileLock::Kind kind, std::uint64_t owner);
    std::vector<Granted> release_handle(NodeIdValue id, std::uint64_t handle);
    void clear();

  private:
    struct Waiting {
        FileLock lock;
        std::uint64_t ticket;
        Granted granted;
    };
    struct File {
        std::vector<FileLock> held;
        std::list<Waiting> waiting;  // in order of arrival
    };

    void carve(File& file, const FileLock& range);
    [[nodiscard]] bool would_deadlock(NodeIdValue id, const FileLock& wanted) const;
    std::vector<Granted> grant(NodeIdValue id);
    void add(File& file, const FileLock& lock);
    void count(uid_t user, std::ptrdiff_t more);

    std::unordered_map<NodeIdValue, File> files_;
    std::unordered_map<uid_t, std::size_t> of_user_;
};

}  // namespace pmx::fuse
