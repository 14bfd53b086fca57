#include "notifier/daemon/service.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "base/clock.h"
#include "base/file.h"
#include "base/local_socket.h"
#include "base/log.h"
#include "base/random.h"
#include "base/service_notify.h"
#include "base/start_thread.h"
#include "base/unique_fd.h"
#include "notifier/cluster/cluster_events.h"
#include "notifier/cluster/lost_nodes.h"
#include "notifier/daemon/config_source.h"
#include "notifier/daemon/delivery_engine.h"
#include "notifier/daemon/directory_watch.h"
#include "notifier/daemon/dispatcher.h"
#include "notifier/daemon/edit_requests.h"
#include "notifier/daemon/expectation_watch.h"
#include "notifier/daemon/holding.h"
#include "notifier/daemon/requests.h"
#include "notifier/daemon/sender.h"
#include "notifier/daemon/spool.h"
#include "notifier/targets/curl_transfer.h"

namespace pmx::notifier {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds housekeeping_period{60'000};

// What is in the way of a clean end (a client that does not read, a mount that hangs) is left
// behind after this long: the outbox is right at every instant.
constexpr milliseconds patience_at_end{1'700};

// Whoever starts the daemon finds what was spooled in the outbox, unless a mount that hangs holds
// it up: less than systemd waits for a start.
constexpr milliseconds patience_with_spool{5'000};

std::uint32_t random_number() {
    std::array<std::uint8_t, 4> bytes{};
    fill_random(bytes);
    std::uint32_t number = 0;
    std::memcpy(&number, bytes.data(), bytes.size());
    return number;
}

Result<UniqueFd> block_signals() {
    sigset_t ending;
    ::sigemptyset(&ending);
    ::sigaddset(&ending, SIGTERM);
    ::sigaddset(&ending, SIGINT);
    sigset_t blocked = ending;
    ::sigaddset(&blocked, SIGHUP);
    ::sigaddset(&blocked, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
    UniqueFd fd(::signalfd(-1, &ending, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd) return fail_errno(errno, "cannot wait for signals");
    return fd;
}

// Clients look here for the spool and the configuration: they know RUN, nothing else. A link that
// is there is replaced in one step, as one of them may be on its way through it.
void leave_links(const Options& options) {
    const std::pair<std::string, std::string> links[] = {
        {options.run + "/spool", options.state + "/spool"},
        {options.run + "/config", options.config_root}};
    for (const auto& [link, to] : links) {
        const std::string fresh = link + ".new";
        ::unlink(fresh.c_str());
        if (::symlink(to.c_str(), fresh.c_str()) != 0 ||
            ::rename(fresh.c_str(), link.c_str()) != 0) {
            log::warning(Error::from_errno(errno, "cannot create " + link).message());
        }
    }
}

// Looked at when it changes, so that problems are in the log at once and not with the next event.
// What is in force does not depend on it.
DirectoryWatch::What configuration(const std::string& root) {
    return {.directories = {root, root + "/priv", root + "/notification-templates/default"},
            .changes = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE,
            .settle = milliseconds(200),
            .period = milliseconds(60'000),
            .first = milliseconds(60'000)};
}

// Often: the member list raises no events, and claims expire in silence.
DirectoryWatch::What what_nodes_share(const std::string& root) {
    return {.directories = {root + "/priv/notify", root + "/priv/lock"},
            .changes = IN_MOVED_TO | IN_DELETE,
            .settle = milliseconds(100),
            .period = milliseconds(5'000)};
}

// What was spooled is taken in when it comes, and what had to stay for later once a minute. An
// event of the cluster goes through the mount, which may hang: so not on the main thread.
DirectoryWatch::What spooled(const std::string& spool) {
    return {.directories = {spool},
            .changes = IN_MOVED_TO,
            .settle = milliseconds(10),
            .period = housekeeping_period};
}

// The members in the order in which they need each other; destroyed the other way round.
class Service {
  public:
    static Result<std::unique_ptr<Service>> start(const Options& options);
    Result<void> serve();
    ~Service();

  private:
    Service(const Options& options, std::unique_ptr<Outbox> outbox, UniqueFd signals);
    Result<void> listen(const Options& options);
    Result<void> serve_until_told();
    void drain_spool();
    void wait_for_spool();
    void housekeeping();
    void broken(const Error& error);
    DeliveryEngine::Ports engine_ports();
    Dispatcher::Ports dispatcher_ports();
    ClusterEvents::Ports cluster_ports();
    bool announce(const Event& event);
    void look_at_cluster();
    [[nodiscard]] milliseconds nap() const;
    void force_end_later();

    SystemClock clock_;
    StopSignal stop_;
    StopSignal broken_;
    StopSignal drained_;  // for the first time
    std::mutex error_mutex_;
    std::optional<Error> error_;
    // The main thread's own: how it ended, once it has.
    Result<void> ended_ = fail(Code::interrupted, "it ended before it served");
    UniqueFd signals_;
    std::unique_ptr<Outbox> outbox_;
    ConfigSource config_;
    Sender sender_;
    Holding holding_;
    std::unique_ptr<SharedDirectory> shared_;
    ClusterEvents cluster_;
    Dispatcher dispatcher_;
    ExpectationWatch expectations_;
    LostNodes lost_nodes_;
    DirectoryWatch shared_watch_;
    DeliveryEngine engine_;
    EditRequests edits_;
    Requests requests_;
    Spool spool_;
    DirectoryWatch spool_watch_;
    DirectoryWatch config_watch_;
    std::unique_ptr<LocalServer> server_;
};

Service::Service(const Options& options, std::unique_ptr<Outbox> outbox, UniqueFd signals)
    : signals_(std::move(signals)),
      outbox_(std::move(outbox)),
      config_(options.config_root, options.mail_host, *outbox_, clock_),
      sender_(options.sendmail, config_, stop_),
      holding_(config_, *outbox_, clock_, options.node_name,
               {.new_id = [] { return to_hex(random_disk_id()); },
                .on_broken = [this](const Error& error) { broken(error); }}),
      shared_(open_shared_directory(options.config_root)),
      cluster_(*shared_, *outbox_, clock_, options.node_name, cluster_ports()),
      dispatcher_(config_, *outbox_, clock_, options.node_name, dispatcher_ports()),
      expectations_(config_, *shared_, *outbox_, clock_, options.node_name,
                    {.tell = [this](const Event& event) { announce(event); },
                     .on_broken = [this](const Error& error) { broken(error); }}),
      lost_nodes_(*shared_, clock_, options.node_name, options.node_lost_after_s,
                  [this](const Event& event) { return announce(event); }),
      shared_watch_(
          what_nodes_share(options.config_root), [this] { look_at_cluster(); }, stop_),
      engine_(*outbox_, clock_, engine_ports()),
      edits_(options.config_root, config_),
      requests_(dispatcher_, *outbox_, config_, engine_, edits_, options.node_name),
      spool_(options.state + "/spool", dispatcher_),
      spool_watch_(
          spooled(options.state + "/spool"), [this] { drain_spool(); }, stop_),
      config_watch_(
          configuration(options.config_root),
          [this] {
              expectations_.configured();
              engine_.wake();  // quiet hours may have changed
          },
          stop_) {}

DeliveryEngine::Ports Service::engine_ports() {
    return {
        .attempt = [this](const StoredDelivery& delivery,
                          const Event& event) { return sender_.attempt(delivery, event); },
        .hold = [this](const StoredDelivery& delivery) { return holding_.check(delivery); },
        .gather = [this] { holding_.gather(); },
        .may_send = [this](const StoredDelivery& delivery) { return cluster_.may_send(delivery); },
        .recorded = [this](const StoredDelivery& delivery) { cluster_.recorded(delivery); },
        .random = random_number,
        .on_broken = [this](const Error& error) { broken(error); }};
}

Dispatcher::Ports Service::dispatcher_ports() {
    return {
        .on_queued = [this](const std::vector<std::string>& targets) { engine_.arrived(targets); },
        .on_accepted = [this](const Event& event) { expectations_.came(event); },
        .has_cluster = [this] { return cluster_.has_cluster(); },
        .on_offered = [this](const std::string& event_id) { cluster_.offer(event_id); },
        .on_broken = [this](const Error& error) { broken(error); }};
}

ClusterEvents::Ports Service::cluster_ports() {
    return {
        .plan =
            [this](const SharedEvent& shared) {
                auto planned = dispatcher_.plan_accepted(shared.event, shared.caller);
                return ClusterEvents::Planned{std::move(planned.note),
                                              std::move(planned.deliveries)};
            },
        .on_queued = [this](const std::vector<std::string>& targets) { engine_.arrived(targets); },
        .on_progress = [this] { engine_.progressed(); },
        .on_work = [this] { shared_watch_.poke(); },
        .on_broken = [this](const Error& error) { broken(error); }};
}

bool Service::announce(const Event& event) {
    auto accepted = dispatcher_.announce(event);
    if (!accepted) {
        log::error("event " + event.id + " cannot be accepted: " + accepted.error().message());
    }
    return accepted.has_value();
}

void Service::look_at_cluster() {
    const Members members = shared_->members();
    cluster_.look(members);
    lost_nodes_.look(members);
    expectations_.look(members.quorum);
}

Result<std::unique_ptr<Service>> Service::start(const Options& options) {
    auto signals = block_signals();
    if (!signals) return fail(signals.error());
    // 0755: senders have to reach the spool. What is in there is private by its own mode.
    for (const std::string& directory : {options.state, options.run}) {
        if (auto made = make_directories(directory, 0755); !made) return fail(made.error());
    }
    const std::int64_t now_s = ::time(nullptr);
    auto opened = Outbox::open(options.state, now_s);
    if (!opened) {
        return fail(opened.error().while_doing("the outbox in " + options.state +
                                               (opened.error().code() == Code::busy
                                                    ? " is in use by another pmx-notifyd"
                                                    : " cannot be opened")));
    }
    if (opened->diagnosis) log::error(*opened->diagnosis);
    std::unique_ptr<Service> service(
        new Service(options, std::move(opened->outbox), std::move(*signals)));
    if (auto listening = service->listen(options); !listening) {
        service->ended_ = listening;
        return fail(listening.error());
    }
    return service;
}

Result<void> Service::listen(const Options& options) {
    expectations_.configured();
    if (auto prepared = prepare_spool(options.state + "/spool"); !prepared) return prepared;
    leave_links(options);
    auto server = LocalServer::start(
        {.path = options.run + "/notify.sock", .mode = 0666, .group = ::getegid()},
        [this](const PeerCredentials& peer, std::string_view request) {
            return requests_.handle(peer.uid, request);
        });
    if (!server) return fail(server.error());
    server_ = std::move(*server);
    shared_watch_.start();
    config_watch_.start();
    spool_watch_.start();
    wait_for_spool();
    return {};
}

void Service::drain_spool() {
    spool_.drain();
    drained_.raise();
}

void Service::wait_for_spool() {
    pollfd watched[] = {{drained_.fd(), POLLIN, 0}, {signals_.get(), POLLIN, 0}};
    [[maybe_unused]] const int ready =
        ::poll(watched, 2, static_cast<int>(patience_with_spool.count()));
}

void Service::broken(const Error& error) {
    const std::lock_guard lock(error_mutex_);
    if (!error_) error_ = error;
    broken_.raise();
}

milliseconds Service::nap() const {
    const auto watchdog = service::watchdog_period();
    if (!watchdog) return housekeeping_period;
    return std::min(housekeeping_period, std::chrono::floor<milliseconds>(*watchdog));
}

void Service::housekeeping() {
    if (auto removed = outbox_->remove_old(to_s(clock_.wall())); !removed) {
        log::warning("history cannot be shortened: " + removed.error().message());
        if (is_broken(removed.error())) broken(removed.error());
    }
    engine_.wake();
}

Result<void> Service::serve() {
    ended_ = serve_until_told();
    return ended_;
}

// Nothing in here waits for the mount: systemd's watchdog would end the daemon.
Result<void> Service::serve_until_told() {
    auto next_housekeeping = clock_.monotonic();
    for (;;) {
        if (clock_.monotonic() >= next_housekeeping) {
            housekeeping();
            next_housekeeping = clock_.monotonic() + housekeeping_period;
        }
        // Alive means that the outbox answers too.
        if (outbox_->owed_targets()) service::alive();
        pollfd watched[] = {{signals_.get(), POLLIN, 0}, {broken_.fd(), POLLIN, 0}};
        if (::poll(watched, 2, static_cast<int>(nap().count())) < 0 && errno != EINTR) {
            return fail_errno(errno, "poll");
        }
        if (watched[0].revents != 0) return {};
        if (watched[1].revents != 0) {
            const std::lock_guard lock(error_mutex_);
            return fail(error_->while_doing("the outbox cannot be trusted any more"));
        }
    }
}

void Service::force_end_later() {
    auto started = start_detached([ended = ended_] {
        std::this_thread::sleep_for(patience_at_end);
        if (!ended) log::error(ended.error().message());  // what main() will not come to say
        ::_exit(ended ? EXIT_SUCCESS : EXIT_FAILURE);
    });
    if (!started) log::warning("the end may take long: " + started.error().message());
}

Service::~Service() {
    service::stopping();
    force_end_later();
    // In this order: what is interrupted is not to be begun again.
    engine_.stop();
    stop_.raise();
    shared_watch_.finish();
    spool_watch_.finish();
}

}  // namespace

Result<void> run_service(const Options& options, const std::function<void()>& on_ready) {
    ::umask(0022);  // what is private is created so
    initialise_curl();
    auto service = Service::start(options);
    if (!service) return fail(service.error());
    log::info("serving on " + options.run + "/notify.sock as node " + options.node_name);
    on_ready();
    return (*service)->serve();
}

}  // namespace pmx::notifier
