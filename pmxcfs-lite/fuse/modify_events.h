// Has watchers (inotify) hear of new content when it can be read.
//
// The kernel raises IN_MODIFY when write(2) returns, which is before the save, and knows nothing of
// what other nodes save. So each change of a file's content raises one more after its commit, in
// order; of changes that come faster than that, one for the last.
//
// The kernel takes the size that it hears on this occasion for everybody's. A program that has not
// saved yet what it wrote to the file would look for the file's end at the wrong place: while there
// is one the event is put off, to the next commit, a second at most.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "base/ids.h"
#include "fuse/event_helper.h"

namespace pmx::fuse {

class ModifyEvents {
  public:
    // Where a file is now; none: nowhere. Called from a thread of this.
    using Find = std::function<std::optional<EventHelper::File>(Inode)>;

    ModifyEvents();   // EventHelper's
    ~ModifyEvents();  // stop(), and its
    ModifyEvents(const ModifyEvents&) = delete;
    ModifyEvents& operator=(const ModifyEvents&) = delete;

    // Once it is mounted, and before it is served.
    void start(const std::string& mountpoint, Find find);
    // What is not raised by now never is. Waits for nothing of the mount.
    void stop();
    // Once it is unmounted.
    void end_helper() { helper_.reset(); }

    // From any thread; never waits.
    void raise(Inode inode);
    // Between start() and end_helper().
    [[nodiscard]] bool is_helper(pid_t thread) const { return helper_->is(thread); }
    // Whether the event that is being raised may be put off: by EAGAIN.
    [[nodiscard]] bool can_wait() const { return can_wait_; }

  private:
    using Time = std::chrono::steady_clock::time_point;
    using Outcome = EventHelper::Outcome;
    void run();
    void forget_all();
    // The next one, once there is one; none: it is to end. With the lock held.
    std::optional<Inode> take_next(std::unique_lock<std::mutex>& lock);
    Outcome raise_now(Inode inode);

    std::unique_ptr<EventHelper> helper_;
    std::string mountpoint_;
    Find find_;
    std::optional<std::uint64_t> device_;

    std::mutex mutex_;
    std::condition_variable changed_;
    // Those waiting, once each: no more than the tree has files, and had when they came.
    std::deque<Inode> waiting_;
    std::set<Inode> is_waiting_;
    std::map<Inode, Time> put_off_;  // until when at most
    std::atomic<bool> can_wait_ = true;
    bool running_ = false;
    std::thread thread_;
};

}  // namespace pmx::fuse
