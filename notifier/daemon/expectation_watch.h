// What is expected and when it last came: kept in the outbox, and shared with the cluster, where an
// event that came to any node has come.
//
// NAME.expect in the shared directory holds {"since", "seen"}: since when it is watched, and when
// it last came (null: never).
#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "notifier/cluster/shared_directory.h"
#include "notifier/daemon/config_source.h"
#include "notifier/outbox/outbox.h"
#include "notifier/plan/expectations.h"

namespace pmx::notifier {

inline constexpr std::string_view expectation_suffix = ".expect";

// Pure. What two nodes know of one expectation, together: the earlier beginning, the later coming.
Watch together(const Watch& a, const Watch& b);

// Thread-safe.
class ExpectationWatch {
  public:
    struct Ports {
        std::function<void(const Event&)> tell;
        std::function<void(const Error&)> on_broken;
    };
    ExpectationWatch(ConfigSource& config, SharedDirectory& shared, Outbox& outbox,
                     const Clock& clock, std::string node, Ports ports);

    // The configuration has been read: what it expects is watched from now on, and what it no
    // longer expects is forgotten. Touches no file of the cluster.
    void configured();
    // An event was accepted on this node.
    void came(const Event& event);
    // Tells what did not come in time. A node without quorum cannot know.
    void look(Quorum quorum);

  private:
    [[nodiscard]] std::int64_t now_s() const;
    Result<void> load();
    void keep();
    void unreadable(const Error& error);
    void forget_shared();
    void share(const std::string& name, Watch& watch);
    void start_and_drop(const std::vector<schema::Expectation>& expectations);

    ConfigSource& config_;
    SharedDirectory& shared_;
    Outbox& outbox_;
    const Clock& clock_;
    const std::string node_;
    const Ports ports_;
    std::mutex mutex_;
    bool loaded_ = false;
    Watches watches_;
    Watches kept_;  // as they are on disk
};

}  // namespace pmx::notifier
