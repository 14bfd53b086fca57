#include "corosync/corosync_channel.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>

#include "base/check.h"

namespace pmx::corosync {
namespace {

using std::chrono::milliseconds;

// No descriptor tells of room in corosync's queue. It sends a message in about 20 us.
constexpr milliseconds busy_retry{1};
constexpr milliseconds reconnect_period{250};

}  // namespace

Result<std::unique_ptr<CorosyncChannel>> CorosyncChannel::create(NodeId node) {
    UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
    if (!epoll) return fail_errno(errno, "epoll_create1");
    UniqueFd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    if (!timer) return fail_errno(errno, "timerfd_create");
    return std::unique_ptr<CorosyncChannel>(
        new CorosyncChannel(node, std::move(epoll), std::move(timer)));
}

CorosyncChannel::CorosyncChannel(NodeId node, UniqueFd epoll, UniqueFd timer)
    : node_(node), epoll_(std::move(epoll)), timer_(std::move(timer)), connector_(node) {
    watch(timer_.get());
    watch(connector_.fd());
    connector_.begin();
    call_again_after(milliseconds(0));  // the first configuration waits
}

void CorosyncChannel::watch(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    PMX_CHECK(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0, "epoll refuses");
}

void CorosyncChannel::call_again_after(milliseconds delay) {
    itimerspec when{};
    when.it_value.tv_nsec = std::max<long>(1, std::chrono::nanoseconds(delay).count());
    PMX_CHECK(::timerfd_settime(timer_.get(), 0, &when, nullptr) == 0, "timerfd refuses");
}

Result<void> CorosyncChannel::dispatch(ports::GroupEvents& events) {
    events_ = &events;
    std::uint64_t rings = 0;
    const bool timer_rang = ::read(timer_.get(), &rings, sizeof rings) > 0;
    if (!told_) configure();
    if (!connection_ && timer_rang) connector_.begin();
    Result<void> done = connection_ ? serve(timer_rang) : connect();
    if (done && doubled_) done = fail(*std::exchange(doubled_, std::nullopt));
    events_ = nullptr;
    return done;
}

Result<void> CorosyncChannel::connect() {
    auto attempt = connector_.take();
    if (!attempt) return {};
    if (!*attempt) {
        call_again_after(reconnect_period);
        return report(attempt->error());
    }
    connection_ = std::move(**attempt);
    reported_.clear();
    watch(connection_->nodes->fd());
    watch(connection_->quorum->fd());
    watch(connection_->group->fd());
    list_nodes(std::move(connection_->list));
    return {};  // what the group says is on its way
}

// One reason is reported once: corosync may be down for days.
Result<void> CorosyncChannel::report(const Error& error) {
    if (error.code() == Code::busy || error.message() == reported_) return {};
    reported_ = error.message();
    return fail(error.code(), "corosync does not answer; is it running? (" + reported_ + ")");
}

Result<void> CorosyncChannel::serve(bool timer_rang) {
    auto done = dispatch_connection(timer_rang);
    if (done) return {};
    disconnect();
    return fail(done.error().while_doing("lost the connection to corosync"));
}

Result<void> CorosyncChannel::dispatch_connection(bool timer_rang) {
    if (failure_) return fail(*failure_);
    epoll_event ready[5];  // all that is watched
    const int count = ::epoll_wait(epoll_.get(), ready, 5, 0);
    PMX_CHECK(count >= 0 || errno == EINTR, "epoll_wait failed");
    const auto events_of = [&](int fd) -> std::uint32_t {
        for (int i = 0; i < count; ++i)
            if (ready[i].data.fd == fd) return ready[i].events;
        return 0;
    };
    if (timer_rang || events_of(connection_->nodes->fd()) != 0) {
        if (auto done = again_if_busy(follow_node_list()); !done) return done;
    }
    if (events_of(connection_->quorum->fd()) != 0) {
        if (auto done = again_if_busy(connection_->quorum->dispatch()); !done) return done;
        if (!members_.empty()) configure();
    }
    const std::uint32_t group = events_of(connection_->group->fd());
    if (group == 0) return {};
    if (auto done = again_if_busy(connection_->group->dispatch(*this)); !done) return done;
    if ((group & (EPOLLHUP | EPOLLERR)) != 0) return fail(Code::io_error, "it has ended");
    return {};
}

Result<void> CorosyncChannel::again_if_busy(Result<void> done) {
    if (done || done.error().code() != Code::busy) return done;
    call_again_after(busy_retry);
    return {};
}

Result<void> CorosyncChannel::follow_node_list() {
    auto list = connection_->nodes->dispatch();
    if (!list) return fail(list.error());
    if (*list) list_nodes(std::move(**list));
    return {};
}

void CorosyncChannel::list_nodes(ports::NodeList list) {
    if (told_list_ == list) return;
    told_list_ = std::move(list);
    events_->nodes_listed(*told_list_);
}

void CorosyncChannel::disconnect() {
    connection_.reset();
    failure_.reset();
    members_.clear();
    configure();
    call_again_after(reconnect_period);
}

void CorosyncChannel::members_changed(std::vector<GroupMember> members) {
    const GroupMember& self = connection_->group->self();
    std::vector<NodeId> nodes;
    bool doubled_here = false;
    for (const GroupMember& member : members) {
        if (nodes.empty() || nodes.back() != member.node) {
            nodes.push_back(member.node);
            continue;
        }
        doubled_here = doubled_here || member.node == node_;
        doubled_ = Error(Code::already_exists,
                         "two processes of node " + std::to_string(member.node.value) +
                             " are in the group, one of them is " + std::to_string(member.process) +
                             "; is a second daemon running there?");
    }
    if (!std::binary_search(members.begin(), members.end(), self)) {
        failure_ = Error(Code::io_error, "it has put this daemon out of the group");
        return;
    }
    // Who comes second waits for the first to leave, unseen by the core.
    if (members_.empty() && doubled_here) return;
    members_ = std::move(nodes);
    configure();
}

void CorosyncChannel::received(const GroupMember& sender, std::string_view message) {
    if (members_.empty() || failure_) return;
    // From another process of this node: not what this daemon said.
    if (sender.node == node_ && sender != connection_->group->self()) return;
    events_->delivered(sender.node, message);
}

// The partition's nodes include those whose daemons are in the group, whichever is heard of first.
void CorosyncChannel::configure() {
    ports::Configuration now{.members = {node_}, .nodes = {node_}, .quorate = false};
    if (!members_.empty()) {
        const QuorumState& quorum = connection_->quorum->state();
        now.members = members_;
        now.nodes.clear();
        std::set_union(members_.begin(), members_.end(), quorum.nodes.begin(), quorum.nodes.end(),
                       std::back_inserter(now.nodes));
        // A loss that was over before anybody looked is told too: others may have gone on.
        if (connection_->quorum->take_loss() && quorum.quorate) tell(now);
        now.quorate = quorum.quorate;
    }
    tell(now);
}

void CorosyncChannel::tell(const ports::Configuration& configuration) {
    if (told_ == configuration) return;
    told_ = configuration;
    events_->configuration_changed(*told_);
}

Result<void> CorosyncChannel::multicast(std::string_view message) {
    if (members_.empty() || failure_) return {};
    auto sent = connection_->group->multicast(message);
    if (sent || sent.error().code() == Code::invalid_argument) return sent;
    call_again_after(sent.error().code() == Code::busy ? busy_retry : milliseconds(0));
    if (sent.error().code() == Code::busy) return sent;
    failure_ = sent.error();  // the group is lost, and the message with it
    return {};
}

Result<void> CorosyncChannel::force_quorum() {
    if (!connection_) return fail(Code::read_only, "corosync does not run on this node; start it");
    return connection_->quorum->expect_only_those_present();
}

}  // namespace pmx::corosync
