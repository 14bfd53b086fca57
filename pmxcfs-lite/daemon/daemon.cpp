#include "daemon/daemon.h"

#include <grp.h>
#include <sys/mount.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <utility>

#include "base/file.h"
#include "base/log.h"
#include "base/random.h"
#include "base/service_notify.h"
#include "corosync/node_list.h"
#include "daemon/first_layout.h"
#include "local/local_channel.h"
#include "sqlite/open.h"

namespace pmx::daemon {
namespace {

using std::chrono::milliseconds;

// A node alone opens its view with two fsyncs; only a very slow disk needs longer.
constexpr milliseconds first_view_timeout{5'000};

wire::Actor own_actor() {
    wire::Actor actor;
    actor.uid = ::getuid();
    actor.pid = ::getpid();
    actor.program = "pmxcfs-lite";
    return actor;
}

// Nothing may be written after a failed fsync, so the process ends here and now; what was
// acknowledged is on the disk, and the next start reads what is there.
[[noreturn]] void end_after_disk_failure(const std::string& mountpoint, const Error& error) {
    log::error("the disk failed, so this daemon ends: " + error.message() +
               ". Look at the disk (dmesg, smartctl) before starting again.");
    ::umount2(mountpoint.c_str(), MNT_DETACH);
    ::_exit(1);
}

}  // namespace

Daemon::Daemon(Options options) : options_(std::move(options)) {}

Daemon::~Daemon() {
    stop();
}

Result<void> Daemon::start() {
    if (auto made = make_directories(options_.run, 0755); !made) return made;
    if (auto started = start_engine(); !started) return started;

    const fuse::MountOptions mount{
        .mountpoint = options_.mount, .gid = readers_group(), .threads = 0, .unmounted = [] {
            log::error("somebody unmounted the filesystem; ending");
            ::kill(::getpid(), SIGTERM);
        }};
    if (auto mounted = mount_.start(mount, *engine_, {.members = [this] { return members(); }});
        !mounted) {
        return mounted;
    }
    auto control = control::Server::start(
        {.run_directory = options_.run, .group = readers_group(), .mount = options_.mount},
        *engine_, recovery_.get());
    if (!control) return fail(control.error());
    control_ = std::move(*control);
    return {};
}

Result<void> Daemon::start_engine() {
    const bool in_cluster = !options_.local && corosync::running_node_count() >= 2;
    auto opened =
        sqlite::open({.state_directory = options_.state,
                      .node = NodeId(1),
                      .node_name = options_.node_name,
                      .mode_if_new = in_cluster ? ports::Mode::cluster : ports::Mode::one_node});
    if (!opened) return fail(opened.error().while_doing(options_.state));
    for (const std::string& warning : opened->warnings)
        log::warning(warning);
    if (const std::string& name = opened->state.identity.node_name; name != options_.node_name) {
        log::warning("the database is that of node " + name + ", which this node remains, not " +
                     options_.node_name);
    }

    engine::Options options;
    options.write_timeout = options_.write_timeout;
    options.boot = random_boot();
    options.fatal = [this](const Error& error) { end_after_disk_failure(options_.mount, error); };
    options.read_only_reason = read_only_reason(opened->state.identity);
    if (opened->damage) {
        options.read_only_reason = sqlite::summary(*opened->damage);
        if (opened->damage->confirmable) {
            options.read_only_reason += "; run 'pmxctl recover' to see what is whole and to go on";
        }
        recovery_ = std::make_unique<RecoveryDesk>(std::move(*opened->damage), [this] {
            auto writable = engine_->become_writable(
                [](ports::LogStore& disk) { return sqlite::confirm_recovery(disk); });
            if (writable && engine_->wait_until_current(first_view_timeout)) make_first_layout();
            return writable;
        });
    }
    auto channel = local::LocalChannel::create(opened->state.identity.node);
    if (!channel) return fail(channel.error());
    const std::string reason = options.read_only_reason;
    auto engine = engine::Engine::create(std::move(options), std::move(opened->state),
                                         std::move(opened->store), std::move(*channel), clock_);
    if (!engine) return fail(engine.error());
    engine_ = std::move(*engine);
    engine_->add_invalidator(mount_);
    engine_->start();
    if (!reason.empty()) {
        log::error("serving read-only: " + reason);
    } else if (engine_->wait_until_current(first_view_timeout)) {
        make_first_layout();
    } else {
        log::warning("no view has opened yet; serving read-only until it does");
    }
    return {};
}

std::string Daemon::read_only_reason(const ports::Identity& identity) const {
    if (identity.mode == ports::Mode::one_node) return {};
    if (options_.local) {
        return "this node belongs to a cluster, so --local serves what it has without changing it; "
               "'pmxctl cluster force-quorum' lets the last surviving node go on";
    }
    return "this node was set up as a member of a cluster, which this version cannot join yet; "
           "for one node alone, start with --local on an empty state directory";
}

void Daemon::make_first_layout() {
    std::optional<tree::Op> missing;
    {
        const ports::TreeView tree = engine_->read();
        missing = missing_layout(*tree, engine_->node_name());
    }
    if (!missing) return;
    const ports::SubmitResult made = engine_->submit_and_wait(std::move(*missing), own_actor());
    if (made.result != Code::ok) {
        log::warning("cannot make this node's directories: " + std::string(code_name(made.result)));
    }
}

gid_t Daemon::readers_group() const {
    const group* entry = ::getgrnam(options_.group.c_str());
    return entry == nullptr ? 0 : entry->gr_gid;
}

fuse::Members Daemon::members() const {
    fuse::Members members;
    members.version = 1;
    members.members.push_back(
        {.name = engine_->node_name(), .id = engine_->node(), .online = true, .ip = {}});
    return members;
}

void Daemon::serve() {
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGTERM);
    ::sigaddset(&signals, SIGINT);
    const auto period = service::watchdog_period().value_or(std::chrono::hours(1));
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(period);
    const timespec timeout{
        seconds.count(),
        std::chrono::duration_cast<std::chrono::nanoseconds>(period - seconds).count()};
    while (::sigtimedwait(&signals, nullptr, &timeout) < 0) {
        if (engine_->responds(std::chrono::duration_cast<milliseconds>(period))) service::alive();
    }
}

void Daemon::stop() {
    if (!engine_) return;
    service::stopping();
    control_.reset();
    mount_.stop();
    engine_->stop();
    engine_.reset();
}

}  // namespace pmx::daemon
