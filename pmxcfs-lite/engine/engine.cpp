#include "engine/engine.h"

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.h"
#include "base/log.h"

namespace pmx::engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// LOG.md's protocol counts in half seconds; a second is fine enough for locks and write timeouts.
constexpr std::chrono::seconds tick_period{1};

void watch(int epoll_fd, int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    PMX_CHECK(::epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0, "epoll refuses a descriptor");
}

}  // namespace

Result<std::unique_ptr<Engine>> Engine::create(Options options, ports::StoredState stored,
                                               std::unique_ptr<ports::LogStore> disk,
                                               std::unique_ptr<ports::GroupChannel> channel,
                                               const Clock& clock) {
    replica::StateMachine state;
    auto tree = tree::Tree::from_nodes(std::move(stored.nodes), std::move(stored.cluster_log));
    if (!tree) return fail(tree.error().while_doing("stored nodes"));
    state.tree = std::move(*tree);
    state.results = stored.log.base.results;
    state.applied = stored.log.base.index;
    std::unique_ptr<Engine> engine(new Engine(std::move(options), std::move(stored.identity),
                                              std::move(state), std::move(disk), std::move(channel),
                                              clock));
    replica::Settings settings{.node = engine->identity_.node,
                               .disk = engine->identity_.disk,
                               .boot = engine->options_.boot,
                               .cluster = engine->identity_.cluster,
                               .founders = {},
                               .started = engine->started_};
    if (engine->identity_.mode == ports::Mode::one_node) settings.founders = {settings.node};
    engine->replica_ =
        std::make_unique<replica::Replica>(settings, std::move(stored.log), engine->state_);
    return engine;
}

Engine::Engine(Options options, ports::Identity identity, replica::StateMachine state,
               std::unique_ptr<ports::LogStore> disk, std::unique_ptr<ports::GroupChannel> channel,
               const Clock& clock)
    : options_(std::move(options)),
      identity_(std::move(identity)),
      clock_(clock),
      started_(clock.wall()),
      disk_(std::move(disk)),
      channel_(std::move(channel)),
      state_(std::move(state)),
      last_tick_(clock.monotonic()),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    watch(epoll_.get(), tasks_.event_fd());
    watch(epoll_.get(), channel_->event_fd());
}

Engine::~Engine() {
    stop();
}

void Engine::add_invalidator(ports::Invalidator& invalidator) {
    PMX_CHECK(!loop_.joinable(), "invalidator added to a running engine");
    invalidators_.push_back(&invalidator);
}

void Engine::start() {
    writer_ = std::make_unique<DiskWriter>(*disk_, clock_, options_.history, options_.fatal);
    loop_ = std::thread([this] { run(); });
}

void Engine::stop() {
    if (!loop_.joinable()) return;
    tasks_.post([this] { stopping_ = true; });
    loop_.join();
}

void Engine::run() {
    while (!stopping_) {
        wait_for_events();
        tasks_.run();
        if (options_.read_only_reason.empty()) {
            dispatch_channel();
            tick();
            propose_backlog();
            send_outgoing();
            if (checkpointer_.due()) begin_checkpoint();
        }
        waiting_.expire(clock_.monotonic());
        publish();
    }
    finish();
}

void Engine::wait_for_events() {
    MonotonicTime until = last_tick_ + tick_period;
    if (wake_at_) until = std::min(until, *wake_at_);
    if (auto deadline = waiting_.next_deadline()) until = std::min(until, *deadline);
    const nanoseconds left = std::max(until - clock_.monotonic(), nanoseconds(0));
    epoll_event events[4];
    const int timeout_ms = static_cast<int>(std::chrono::ceil<milliseconds>(left).count());
    const int ready = ::epoll_wait(epoll_.get(), events, 4, timeout_ms);
    PMX_CHECK(ready >= 0 || errno == EINTR, "epoll_wait failed");
}

void Engine::dispatch_channel() {
    if (auto dispatched = channel_->dispatch(*this); !dispatched) {
        last_failure_ = dispatched.error().message();
        log::error("group channel: " + *last_failure_);
    }
}

void Engine::delivered(NodeId sender, std::string_view message) {
    step(replica::MessageReceived{sender, std::string(message)});
}

void Engine::configuration_changed(const std::vector<NodeId>& members, bool quorate) {
    step(replica::ConfigurationChanged{members, quorate});
}

void Engine::tick() {
    const MonotonicTime now = clock_.monotonic();
    const bool due = now >= last_tick_ + tick_period;
    if (!due && (!wake_at_ || now < *wake_at_)) return;
    if (due) last_tick_ = now;
    wake_at_.reset();
    step(replica::Tick{});
}

void Engine::finish() {
    for (TaskQueue::Task& task : tasks_.close())
        task();
    writable_ = Code::shutting_down;
    waiting_.answer_all(Code::shutting_down);
    // What the disk thread still reports goes nowhere: the queue is closed.
    if (options_.read_only_reason.empty() && checkpointer_.anything_waiting() &&
        !checkpointer_.in_progress()) {
        begin_checkpoint();
    }
    writer_.reset();
    for (auto& then : std::exchange(after_checkpoint_, {}))
        then();
}

}  // namespace pmx::engine
