// The mount: the store's tree as a filesystem, through libfuse's low-level API.
//
// FUSE requests are answered on the mount's own threads. A request that waits for its entry to be
// committed is held, not a thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "ports/invalidator.h"
#include "ports/store.h"

namespace pmx::fuse {

// Run as root, others may use the mount (allow_other) within the modes it shows; an ordinary user's
// mount is that user's alone, and all in it belongs to them.
struct MountOptions {
    std::string mountpoint;
    std::uint32_t gid = 0;  // group of what is not private: www-data, or root where there is none
    unsigned threads = 0;   // 0: one per core, at least 2 and at most 4
    // Called from a thread of the mount when somebody else unmounted it; never after stop() began.
    std::function<void()> unmounted;
};

class Mount final : public ports::Invalidator {
  public:
    // Forks a process for what raises inotify's events: to be made while this one is small.
    Mount();
    ~Mount() override;  // stop()
    Mount(const Mount&) = delete;
    Mount& operator=(const Mount&) = delete;

    // Mounts and serves when it returns ok. A dead mount at the mountpoint is taken away first, a
    // missing directory is made; anything in it is an error. `store` must outlive stop().
    Result<void> start(const MountOptions& options, ports::Store& store);

    // Unmounts, within a second whatever is held: requests in flight fail, their entries may still
    // come to be. Afterwards nothing of the mount calls the store, and completions still to come
    // do nothing.
    void stop();

    // Takes a view of the tree (Store::read) for files that are open: to be called without holding
    // the tree. Does nothing before start() and after stop().
    void committed(const ports::Committed& committed) override;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace pmx::fuse
