#include <poll.h>

#include "corosync/cpg_group.h"
#include "tools/bench/latencies.h"
#include "tools/bench/measurements.h"

namespace pmx::bench {
namespace {

class Listener final : public corosync::CpgEvents {
  public:
    explicit Listener(const corosync::GroupMember& self) : self_(self) {}
    void members_changed(std::vector<corosync::GroupMember> members) override {
        members_ = members.size();
    }
    void received(const corosync::GroupMember& sender, std::string_view /*message*/) override {
        if (sender == self_) ++own_;
    }
    [[nodiscard]] std::size_t members() const { return members_; }
    [[nodiscard]] int own() const { return own_; }

  private:
    corosync::GroupMember self_;
    std::size_t members_ = 0;
    int own_ = 0;
};

Result<std::unique_ptr<corosync::CpgGroup>> join() {
    auto group = corosync::CpgGroup::open();
    if (!group) return fail(group.error());
    if (auto joined = (*group)->join(); !joined) return fail(joined.error());
    return group;
}

Result<void> hear(corosync::CpgGroup& group, Listener& listener) {
    pollfd fd{group.fd(), POLLIN, 0};
    ::poll(&fd, 1, -1);
    return group.dispatch(listener);
}

}  // namespace

Result<std::string> listen() {
    auto group = join();
    if (!group) return fail(group.error());
    Listener listener((*group)->self());
    for (;;)
        if (auto heard = hear(**group, listener); !heard) return fail(heard.error());
}

Result<std::string> round_trips(int count) {
    auto group = join();
    if (!group) return fail(group.error());
    Listener listener((*group)->self());
    while (listener.members() == 0)
        if (auto heard = hear(**group, listener); !heard) return fail(heard.error());
    const std::string message(200, 'x');
    Latencies latencies;
    const auto begun = Clock::now();
    for (int i = 0; i < count; ++i) {
        const auto before = Clock::now();
        if (auto sent = (*group)->multicast(message); !sent) return fail(sent.error());
        while (listener.own() <= i)
            if (auto heard = hear(**group, listener); !heard) return fail(heard.error());
        latencies.add(Clock::now() - before);
    }
    return latencies.json(Clock::now() - begun);
}

}  // namespace pmx::bench
