// A process that has the kernel raise IN_MODIFY for files of the mount.
//
// It truncates a file of the mount to the size that it has; the mount knows the helper by its
// number and answers that without doing anything. It is no thread of the daemon: one that waits for
// the daemon's own mount could not be ended with it. And it is forked before there is a mount, so
// it holds nothing of the connection: when the daemon is gone, the kernel ends the call that the
// helper is in, and it goes too.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/unique_fd.h"
#include "fuse/node_id.h"

namespace pmx::fuse {

class EventHelper {
  public:
    // Forks. What this process has in memory by then the helper goes on holding: make it early.
    EventHelper();
    // Ends it, in two seconds at most. Nothing of the mount that it was in may be left.
    ~EventHelper();
    EventHelper(const EventHelper&) = delete;
    EventHelper& operator=(const EventHelper&) = delete;

    // Its number is nobody else's while this lives.
    [[nodiscard]] bool is(pid_t thread) const { return thread == process_; }

    enum class Outcome {
        raised,
        failed,  // no such file, or not in the mount
        busy,    // the mount said EAGAIN
        ended,   // there is no helper, or interrupt() was called
    };
    // `device` is that of the mount: another filesystem found there is left alone. Waits for
    // requests of the mount: nothing that serves it may wait for this. One thread at a time.
    struct File {
        NodeIdValue node;
        std::string path;  // from the mountpoint
    };
    Outcome raise(const std::string& mountpoint, std::uint64_t device, const File& file);
    // Any thread; raise() returns from now on, whatever it waits for.
    void interrupt();

  private:
    UniqueFd socket_;
    pid_t process_ = -1;
};

// The device of what is at a path, without asking the filesystem; none: nothing is.
std::optional<std::uint64_t> device_of(const char* path);

}  // namespace pmx::fuse
