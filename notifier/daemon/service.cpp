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
#include <cstring>
#include <thread>

#include "base/clock.h"
#include "base/file.h"
#include "base/local_socket.h"
#include "base/log.h"
#include "base/random.h"
#include "base/service_notify.h"
#include "base/unique_fd.h"
#include "notifier/daemon/config_source.h"
#include "notifier/daemon/config_watch.h"
#include "notifier/daemon/delivery_engine.h"
#include "notifier/daemon/dispatcher.h"
#include "notifier/daemon/requests.h"
#include "notifier/daemon/sender.h"
#include "notifier/daemon/spool.h"
#include "notifier/targets/gotify.h"

namespace pmx::notifier {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds housekeeping_period{60'000};

// What is in the way of a clean end (a client that does not read, a mount that hangs) is left
// behind after this long: the outbox is right at every instant.
constexpr milliseconds patience_at_end{1'700};

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

// clients look for the spool here: they know RUN, not STATE.
void link_spool(const Options& options) {
    const std::string link = options.run + "/spool";
    ::unlink(link.c_str());
    if (::symlink((options.state + "/spool").c_str(), link.c_str()) != 0) {
        log::warning(Error::from_errno(errno, "cannot create " + link).message());
    }
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
    void housekeeping();
    void broken(const Error& error);
    [[nodiscard]] milliseconds nap() const;
    void force_end_later();

    SystemClock clock_;
    StopSignal stop_;
    StopSignal broken_;
    std::mutex error_mutex_;
    std::optional<Error> error_;
    UniqueFd signals_;
    UniqueFd spool_watch_;
    std::unique_ptr<Outbox> outbox_;
    ConfigSource config_;
    Sender sender_;
    DeliveryEngine engine_;
    Dispatcher dispatcher_;
    Requests requests_;
    Spool spool_;
    ConfigWatch config_watch_;
    std::unique_ptr<LocalServer> server_;
};

Service::Service(const Options& options, std::unique_ptr<Outbox> outbox, UniqueFd signals)
    : signals_(std::move(signals)),
      outbox_(std::move(outbox)),
      config_(options.config_root, options.node_name, *outbox_, clock_),
      sender_(options.sendmail, config_, stop_),
      engine_(*outbox_, clock_,
              {.attempt = [this](const StoredDelivery& delivery,
                                 const Event& event) { return sender_.attempt(delivery, event); },
               .random = random_number,
               .on_broken = [this](const Error& error) { broken(error); }}),
      dispatcher_(config_, *outbox_, clock_, options.node_name,
                  {.on_queued = [this] { engine_.wake(); },
                   .on_broken = [this](const Error& error) { broken(error); }}),
      requests_(dispatcher_, *outbox_, config_, engine_),
      spool_(options.state + "/spool", dispatcher_),
      config_watch_(
          options.config_root, [this] { config_.current(); }, stop_) {}

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
    if (auto listening = service->listen(options); !listening) return fail(listening.error());
    return service;
}

Result<void> Service::listen(const Options& options) {
    config_.current();
    const std::string spool = options.state + "/spool";
    if (auto prepared = prepare_spool(spool); !prepared) return prepared;
    spool_watch_ = UniqueFd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (!spool_watch_ ||
        ::inotify_add_watch(spool_watch_.get(), spool.c_str(), IN_MOVED_TO | IN_ONLYDIR) < 0) {
        log::warning("the spool cannot be watched; it is looked at once a minute");
    }
    link_spool(options);
    auto server = LocalServer::start(
        {.path = options.run + "/notify.sock", .mode = 0666, .group = ::getegid()},
        [this](const PeerCredentials& peer, std::string_view request) {
            return requests_.handle(peer.uid, request);
        });
    if (!server) return fail(server.error());
    server_ = std::move(*server);
    spool_.drain();
    return {};
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
    spool_.drain();
    if (auto removed = outbox_->remove_old(
            std::chrono::floor<std::chrono::seconds>(clock_.wall()).time_since_epoch().count());
        !removed) {
        log::warning("history cannot be shortened: " + removed.error().message());
        if (is_broken(removed.error())) broken(removed.error());
    }
    engine_.wake();
}

Result<void> Service::serve() {
    auto next_housekeeping = clock_.monotonic();
    for (;;) {
        if (clock_.monotonic() >= next_housekeeping) {
            housekeeping();
            next_housekeeping = clock_.monotonic() + housekeeping_period;
        }
        // Alive means that the outbox answers too.
        if (outbox_->next_due_s({})) service::alive();
        pollfd watched[] = {{signals_.get(), POLLIN, 0},
                            {broken_.fd(), POLLIN, 0},
                            {spool_watch_.get(), POLLIN, 0}};
        if (::poll(watched, 3, static_cast<int>(nap().count())) < 0 && errno != EINTR) {
            return fail_errno(errno, "poll");
        }
        if (watched[0].revents != 0) return {};
        if (watched[1].revents != 0) {
            const std::lock_guard lock(error_mutex_);
            return fail(error_->while_doing("the outbox cannot be trusted any more"));
        }
        if (watched[2].revents != 0) {
            std::array<char, 4096> events{};
            while (::read(spool_watch_.get(), events.data(), events.size()) > 0) {
            }
            spool_.drain();
        }
    }
}

void Service::force_end_later() {
    const int status = error_ ? 1 : 0;
    std::thread([status] {
        std::this_thread::sleep_for(patience_at_end);
        ::_exit(status);
    }).detach();
}

Service::~Service() {
    service::stopping();
    force_end_later();
    // In this order: what is interrupted is not to be begun again.
    engine_.stop();
    stop_.raise();
}

}  // namespace

Result<void> run_service(const Options& options, const std::function<void()>& on_ready) {
    ::umask(0022);  // what is private is created so
    initialise_http();
    auto service = Service::start(options);
    if (!service) return fail(service.error());
    log::info("serving on " + options.run + "/notify.sock as node " + options.node_name);
    on_ready();
    return (*service)->serve();
}

}  // namespace pmx::notifier
