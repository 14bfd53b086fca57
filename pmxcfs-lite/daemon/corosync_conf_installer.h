// Puts the cluster's corosync.conf into effect on this node: when the one in the mount has a higher
// config_version than the one that corosync reads, and corosync accepts it here, it takes that
// one's place and corosync reads it. One that then does not load makes way for the one before. A
// node that is not in it any more shuts its corosync down: the others do not hear it, but two_node
// or a quorum device would let it go on alone. The one that is left of two waits for that: with
// two_node in effect it can go on without the other, which its new list would not let it do.
//
// In the directory that corosync reads:
//   corosync.conf
//   corosync.conf.previous  the one before, until corosync has loaded the new one
//   corosync.conf.refused   one of the mount that did not load: it is not tried again
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/result.h"
#include "daemon/corosync_conf_plan.h"
#include "daemon/corosync_control.h"
#include "ports/invalidator.h"
#include "ports/store.h"

namespace pmx::daemon {

class CorosyncConfInstaller final : public ports::Invalidator {
  public:
    // `store` outlives stop(). What is not put into effect stands in its local problems.
    CorosyncConfInstaller(const ports::Store& store, const std::string& directory,
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
    void carry_out(const ConfPlan& plan, const std::string& mounted);
    void replace(const ConfPlan& plan, const std::string& mounted);
    void load(const std::string& mounted);
    void watch_start(const std::string& mounted);
    void roll_back(const std::string& mounted, const std::string& why);
    void shut_down();
    void wait_until_alone();
    void tell_votes();
    void refuse(const std::string& reason);
    void report(const std::vector<schema::Problem>& problems);
    bool is_stopping();
    Result<void> attempt(const std::function<Result<void>()>& action);

    const ports::Store& store_;
    const std::string path_;      // corosync.conf
    const std::string previous_;  // beside it
    const std::string refused_;
    const CorosyncControl corosync_;
    // Of the thread alone.
    bool look_again_ = false;       // what holds it up may be over in a minute
    std::size_t nodes_before_ = 0;  // in the file that was replaced last
    std::mutex mutex_;
    std::condition_variable changed_;
    bool wanted_ = false;
    bool stopping_ = false;
    std::thread thread_;  // last: it uses all of the above
};

}  // namespace pmx::daemon
