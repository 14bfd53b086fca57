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
#include "corosync/corosync_channel.h"
#include "corosync/node_list.h"
#include "local/local_channel.h"

namespace pmx::daemon {
namespace {

using std::chrono::milliseconds;

// A node alone opens its view with two fsyncs; only a very slow disk needs longer.
constexpr milliseconds first_view_timeout{5'000};

// What was acknowledged is on the disk, and the next start reads what is there.
[[noreturn]] void end_process(const std::string& mountpoint, const std::string& why) {
    log::error(why);
    ::umount2(mountpoint.c_str(), MNT_DETACH);
    ::_exit(1);
}

// Of a new database, on a node that is in a cluster. The name is the one in corosync's list.
Result<void> take_place_in_cluster(sqlite::OpenOptions& options) {
    auto self = corosync::local_node();
    if (!self) return fail(self.error().while_doing("which node of the cluster this is"));
    options.mode_if_new = ports::Mode::cluster;
    options.node = self->id;
    if (is_host_name(self->name)) options.node_name = self->name;
    return {};
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
    if (auto mounted = mount_.start(mount, *engine_); !mounted) return mounted;
    auto control = control::Server::start(
        {.run_directory = options_.run, .group = readers_group(), .mount = options_.mount},
        *engine_, *engine_, recovery_.get());
    if (!control) return fail(control.error());
    control_ = std::move(*control);
    return {};
}

Result<sqlite::Opened> Daemon::open_database() {
    sqlite::OpenOptions options;
    options.state_directory = options_.state;
    options.node_name = options_.node_name;
    if (!options_.local && corosync::running_node_count() >= 2) {
        if (auto done = take_place_in_cluster(options); !done) return fail(done.error());
    }
    auto opened = sqlite::open(options);
    if (!opened) return fail(opened.error().while_doing(options_.state));
    for (const std::string& warning : opened->warnings)
        log::warning(warning);
    if (opened->former_disk) {
        log::warning("the database is a copy, so to the other nodes this is another disk: " +
                     to_hex(opened->state.identity.disk) + ", not " + to_hex(*opened->former_disk));
    }
    if (const std::string& name = opened->state.identity.node_name; name != options.node_name) {
        log::warning("the database is that of node " + name + ", which this node remains, not " +
                     options.node_name);
    }
    return opened;
}

Result<std::unique_ptr<ports::GroupChannel>> Daemon::open_channel(
    const ports::Identity& identity) const {
    if (identity.mode == ports::Mode::cluster && !options_.local) {
        auto channel = corosync::CorosyncChannel::create(identity.node);
        if (!channel) return fail(channel.error());
        return std::move(*channel);
    }
    auto channel = local::LocalChannel::create(identity.node);
    if (!channel) return fail(channel.error());
    return std::move(*channel);
}

Result<void> Daemon::start_engine() {
    auto opened = open_database();
    if (!opened) return fail(opened.error());
    const ports::Identity identity = opened->state.identity;
    engine::Options options;
    options.write_timeout = options_.write_timeout;
    options.boot = random_boot();
    options.end = [this](const std::string& why) { end_process(options_.mount, why); };
    options.read_only_reason = read_only_reason(identity);
    if (opened->damage) {
        options.read_only_reason = sqlite::summary(*opened->damage);
        if (opened->damage->confirmable) {
            options.read_only_reason += "; run 'pmxctl recover' to see what is whole and to go on";
        }
        open_recovery_desk(std::move(*opened->damage));
    }
    auto channel = open_channel(identity);
    if (!channel) return fail(channel.error());
    const std::string reason = options.read_only_reason;
    auto engine = engine::Engine::create(std::move(options), std::move(opened->state),
                                         std::move(opened->store), std::move(*channel), clock_);
    if (!engine) return fail(engine.error());
    engine_ = std::move(*engine);
    first_layout_ = std::make_unique<FirstLayout>(*engine_);
    engine_->add_invalidator(mount_);
    engine_->add_invalidator(*first_layout_);
    if (identity.mode == ports::Mode::cluster && !options_.local) {
        installer_ = std::make_unique<CorosyncConfInstaller>(*engine_, options_.corosync_directory,
                                                             installed_corosync(options_.run));
        engine_->add_invalidator(*installer_);
        installer_->check();
    }
    engine_->start();
    if (!reason.empty()) {
        log::error("serving read-only: " + reason);
    } else {
        wait_for_first_view(identity);
    }
    return {};
}

void Daemon::open_recovery_desk(sqlite::Damage damage) {
    recovery_ = std::make_unique<RecoveryDesk>(std::move(damage), [this] {
        auto writable = engine_->become_writable(
            [](ports::LogStore& disk) { return sqlite::confirm_recovery(disk); });
        if (writable && engine_->wait_until_current(first_view_timeout)) {
            first_layout_->wait_until_made(first_view_timeout);
        }
        return writable;
    });
}

// What is served before is the state of the last checkpoint. A member whose corosync does not run
// has nobody to wait for; it joins when corosync comes.
void Daemon::wait_for_first_view(const ports::Identity& identity) {
    const bool alone = identity.mode == ports::Mode::one_node;
    const bool view_may_open = alone || corosync::running_node_count() > 0;
    if (!view_may_open) {
        log::warning("corosync does not run; serving read-only until it does");
    } else if (engine_->wait_until_current(first_view_timeout)) {
        first_layout_->wait_until_made(first_view_timeout);
    } else {
        log::warning("no view has opened yet; serving read-only until it does");
    }
}

std::string Daemon::read_only_reason(const ports::Identity& identity) const {
    if (identity.mode == ports::Mode::one_node || !options_.local) return {};
    return "this node belongs to a cluster, so --local serves what it has without changing it; "
           "started without --local, 'pmxctl cluster force-quorum' lets the last surviving node go "
           "on";
}

gid_t Daemon::readers_group() const {
    const group* entry = ::getgrnam(options_.group.c_str());
    return entry == nullptr ? 0 : entry->gr_gid;
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
    installer_.reset();
    engine_.reset();
}

}  // namespace pmx::daemon
