// The daemon put together: disk, core, mount and control socket, in the order in which each needs
// the one before.
#pragma once

#include <csignal>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "control/server.h"
#include "daemon/corosync_conf_installer.h"
#include "daemon/first_layout.h"
#include "daemon/options.h"
#include "daemon/recovery_desk.h"
#include "engine/engine.h"
#include "fuse/mount.h"
#include "sqlite/open.h"

namespace pmx::daemon {

class Daemon {
  public:
    explicit Daemon(Options options);
    ~Daemon();

    // Serves when it returns ok.
    Result<void> start();
    // As the database has it; for a daemon that serves.
    [[nodiscard]] const std::string& node_name() const { return engine_->node_name(); }
    // Until SIGTERM or SIGINT, which the caller has blocked in all threads; feeds the watchdog.
    void serve();
    void stop();

  private:
    Result<void> start_engine();
    Result<sqlite::Opened> open_database();
    [[nodiscard]] Result<std::unique_ptr<ports::GroupChannel>> open_channel(
        const ports::Identity& identity) const;
    void open_recovery_desk(sqlite::Damage damage);
    void wait_for_first_view(const ports::Identity& identity);
    [[nodiscard]] std::string read_only_reason(const ports::Identity& identity) const;
    [[nodiscard]] gid_t readers_group() const;

    const Options options_;
    const SystemClock clock_;
    std::unique_ptr<RecoveryDesk> recovery_;
    std::unique_ptr<FirstLayout> first_layout_;
    fuse::Mount mount_;
    std::unique_ptr<engine::Engine> engine_;
    std::unique_ptr<CorosyncConfInstaller> installer_;  // of a member of a cluster
    std::unique_ptr<control::Server> control_;
};

}  // namespace pmx::daemon
