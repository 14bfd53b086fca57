// Puts the cluster's corosync.conf into effect on this node: when the one in the mount has a higher
// config_version than the one that corosync reads, it takes that one's place and corosync reads it.
// A node that is not in it any more shuts its corosync down: the others do not hear it, but
// two_node or a quorum device would let it go on alone.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/result.h"
#include "ports/invalidator.h"
#include "ports/store.h"

namespace pmx::daemon {

enum class InstallOutcome : std::uint8_t {
    nothing_new,
    installed,  // it took the place of DIRECTORY/corosync.conf
    removed     // newer, and without this node; nothing was changed
};
// Fails, with nothing changed, when it is not right or not of this cluster, or when it differs
// although its config_version has not grown.
Result<InstallOutcome> install_corosync_conf(std::string_view text, const std::string& node_name,
                                             NodeId node, const std::string& directory);

// What the running corosync can be told; each may be tried again.
struct CorosyncControl {
    std::function<Result<void>()> reload;  // its file
    std::function<Result<void>()> shut_down;
    std::function<Result<void>(std::size_t votes)> expect;  // no more than these
};
// With corosync-cfgtool(8) and corosync-quorumtool(8).
CorosyncControl corosync_cfgtool();

class CorosyncConfInstaller final : public ports::Invalidator {
  public:
    // `store` outlives stop().
    CorosyncConfInstaller(const ports::Store& store, std::string directory,
                          CorosyncControl corosync);
    ~CorosyncConfInstaller() override;  // stop()

    void committed(const ports::Committed& committed) override;
    // Compares now: what was committed before this was made is in the tree already.
    void check();
    // Finishes what it has in hand and looks at nothing more.
    void stop();

  private:
    void run();
    void install();
    void put_into_effect(std::size_t nodes_before);
    Result<void> attempt(const std::function<Result<void>()>& action);

    const ports::Store& store_;
    const std::string directory_;
    const CorosyncControl corosync_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool wanted_ = false;
    bool stopping_ = false;
    std::thread thread_;  // last: it uses all of the above
};

}  // namespace pmx::daemon
