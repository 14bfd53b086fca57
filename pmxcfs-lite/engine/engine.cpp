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

// A failure of the group channel is told once in this time, and as many different ones at most.
constexpr std::chrono::minutes same_failure_period{1};
constexpr std::size_t max_told_failures = 8;

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
    state.level = stored.log.base.level;
    std::unique_ptr<Engine> engine(new Engine(std::move(options), std::move(stored.identity),
                                              std::move(state), std::move(disk), std::move(channel),
                                              clock));
    engine->rejected_ = std::move(stored.rejected);
    engine->settle_rejected();
    replica::Settings settings{.node = engine->identity_.node,
                               .disk = engine->identity_.disk,
                               .boot = engine->options_.boot,
                               .cluster = engine->identity_.cluster,
                               .node_name = engine->identity_.node_name,
                               .started = engine->started_};
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
      cluster_(identity_.cluster),
      stored_cluster_(identity_.cluster),
      state_(std::move(state)),
      questions_(options_.boot.value),
      last_tick_(clock.monotonic()),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    watch(tasks_.event_fd());
    if (options_.read_only_reason.empty()) watch(channel_->event_fd());
}

void Engine::watch(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    PMX_CHECK(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0,
              "epoll refuses a descriptor");
}

Engine::~Engine() {
    stop();
}

void Engine::add_invalidator(ports::Invalidator& invalidator) {
    PMX_CHECK(!loop_.joinable(), "invalidator added to a running engine");
    invalidators_.push_back(&invalidator);
}

void Engine::start() {
    writer_ = std::make_unique<DiskWriter>(
        *disk_, clock_, options_.history, [end = options_.end](const Error& error) {
            end("the disk failed, so this daemon ends: " + error.message() +
                ". Look at the disk (dmesg, smartctl) before starting again.");
        });
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
            if (checkpointer_.due() || disk_->room_is_due()) begin_checkpoint();
        }
        answer_forced();
        waiting_.expire(clock_.monotonic());
        questions_.expire(clock_.monotonic());
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
        tell_failure("group channel: ", dispatched.error());
    }
}

// A channel that stays broken fails in every round of the loop.
void Engine::tell_failure(const char* doing, const Error& error) {
    note_failure(error.message());
    const std::string message = doing + error.message();
    const MonotonicTime now = clock_.monotonic();
    std::erase_if(told_failures_,
                  [now](const auto& told) { return now >= told.second + same_failure_period; });
    if (told_failures_.size() >= max_told_failures) return;
    if (told_failures_.emplace(message, now).second) log::error(message);
}

void Engine::note_failure(std::string text) {
    last_failure_ = {std::move(text), clock_.wall()};
}

void Engine::delivered(NodeId sender, std::string_view message) {
    if (wire::is_peer_message(message)) {
        if (auto heard_now = wire::decode_peer_message(message))
            heard(sender, std::move(*heard_now));
        return;
    }
    step(replica::MessageReceived{sender, std::string(message)});
}

void Engine::configuration_changed(const ports::Configuration& configuration) {
    membership_.configured(configuration, clock_.wall());
    if (auto line = journal_.members(configuration.members)) write(*line);
    questions_.only(configuration.members);
    step(replica::ConfigurationChanged{configuration.members, configuration.quorate,
                                       configuration.nodes});
}

void Engine::nodes_listed(const ports::NodeList& list) {
    membership_.listed(list);
    for (const ports::NodeList::Node& node : list.nodes) {
        const bool other_name = !node.name.empty() && node.name != identity_.node_name;
        if (node.id == identity_.node && other_name) {
            log::warning("corosync.conf calls this node " + node.name +
                         ", but its database is that of " + identity_.node_name +
                         ", which it remains: put that name back into corosync.conf");
        }
    }
    replica::NodesListed event;
    for (const ports::NodeList::Node& node : list.nodes)
        event.nodes.push_back(node.id);
    event.quorum_by_fewer = list.quorum_by_fewer;
    step(std::move(event));
}

void Engine::tick() {
    const MonotonicTime now = clock_.monotonic();
    const bool due = now >= last_tick_ + tick_period;
    if (!due && (!wake_at_ || now < *wake_at_)) return;
    if (due) last_tick_ = now;
    wake_at_.reset();
    step(replica::Tick{});
    if (!due) return;
    const replica::Status status = replica_->status();
    steady_view_ = status.in_step && !status.catching_up ? status.open_view : std::nullopt;
    for (const JournalLine& line : journal_.look(status))
        write(line);
}

void Engine::finish() {
    for (TaskQueue::Task& task : tasks_.close())
        task();
    writable_ = Code::shutting_down;
    waiting_.answer_all(Code::shutting_down);
    questions_.end_all(Code::shutting_down);
    // What the disk thread still reports goes nowhere: the queue is closed.
    if (options_.read_only_reason.empty() && checkpointer_.anything_waiting() &&
        !checkpointer_.in_progress()) {
        begin_checkpoint();
    }
    writer_.reset();
    run_after_checkpoint();
}

}  // namespace pmx::engine
