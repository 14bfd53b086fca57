#include "corosync/quorum_watch.h"

#include <algorithm>

#include "corosync/answer.h"

namespace pmx::corosync {
namespace {

constexpr const char* quorum_service = "corosync's votequorum";

}  // namespace

Result<std::unique_ptr<QuorumWatch>> QuorumWatch::open() {
    votequorum_handle_t handle = 0;
    votequorum_callbacks_t callbacks{};
    callbacks.votequorum_quorum_notify_fn = notify;
    if (auto opened = result_of(votequorum_initialize(&handle, &callbacks), quorum_service);
        !opened) {
        return fail(opened.error().while_doing(
            "does corosync.conf say 'quorum { provider: corosync_votequorum }'?"));
    }
    std::unique_ptr<QuorumWatch> watch(new QuorumWatch(handle));
    if (auto set = result_of(votequorum_context_set(handle, watch.get()), quorum_service); !set) {
        return fail(set.error());
    }
    constexpr unsigned int now_and_later = CS_TRACK_CURRENT | CS_TRACK_CHANGES;
    if (auto begun = result_of(votequorum_trackstart(handle, 0, now_and_later), quorum_service);
        !begun) {
        return fail(begun.error());
    }
    if (auto got = result_of(votequorum_fd_get(handle, &watch->fd_), quorum_service); !got) {
        return fail(got.error());
    }
    if (auto begun = watch->dispatch(); !begun) return fail(begun.error());
    if (watch->state_.nodes.empty()) return fail(Code::busy, "corosync's votequorum is silent yet");
    return watch;
}

QuorumWatch::~QuorumWatch() {
    votequorum_finalize(handle_);
}

void QuorumWatch::notify(votequorum_handle_t handle, uint64_t /*context*/, uint32_t quorate,
                         uint32_t count, votequorum_node_t nodes[]) {
    void* context = nullptr;
    if (votequorum_context_get(handle, &context) != CS_OK) return;
    QuorumState state;
    state.quorate = quorate != 0;
    for (uint32_t i = 0; i < count; ++i) {
        if (nodes[i].nodeid == VOTEQUORUM_QDEVICE_NODEID) continue;
        if (nodes[i].state == VOTEQUORUM_NODESTATE_DEAD) continue;
        state.nodes.emplace_back(nodes[i].nodeid);
    }
    std::sort(state.nodes.begin(), state.nodes.end());
    auto& watch = *static_cast<QuorumWatch*>(context);
    watch.lost_ = watch.lost_ || !state.quorate;
    watch.state_ = std::move(state);
}

Result<void> QuorumWatch::dispatch() {
    return result_of(votequorum_dispatch(handle_, CS_DISPATCH_ALL), quorum_service);
}

Result<void> QuorumWatch::expect_only_those_present() {
    votequorum_info info{};
    constexpr unsigned int this_node = 0;
    if (auto asked = result_of(votequorum_getinfo(handle_, this_node, &info), quorum_service);
        !asked) {
        return asked;
    }
    return result_of(votequorum_setexpected(handle_, info.total_votes), quorum_service);
}

}  // namespace pmx::corosync
