#include "corosync/cpg_group.h"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/check.h"
#include "corosync/answer.h"

namespace pmx::corosync {
namespace {

constexpr std::string_view group_name = "pmxcfs-lite";
constexpr const char* group_service = "corosync's process group";
// Then the caller has its turn: what it answers must not wait for a flood to end.
constexpr int events_a_dispatch = 256;
// Corosync wakes up by a byte for each message, and libqb spins while the socket has no room for
// it: after some 270 of them.
constexpr int most_on_its_way = 128;

cpg_name name_of_the_group() {
    cpg_name name{};
    name.length = group_name.size();
    std::copy(group_name.begin(), group_name.end(), name.value);
    return name;
}

}  // namespace

Result<std::unique_ptr<CpgGroup>> CpgGroup::open() {
    cpg_handle_t handle = 0;
    cpg_callbacks_t callbacks{deliver, change};
    if (auto opened = result_of(cpg_initialize(&handle, &callbacks), group_service); !opened) {
        return fail(opened.error());
    }
    std::unique_ptr<CpgGroup> group(new CpgGroup(handle));
    if (auto set = result_of(cpg_context_set(handle, group.get()), group_service); !set) {
        return fail(set.error());
    }
    unsigned int node = 0;
    if (auto asked = result_of(cpg_local_get(handle, &node), group_service); !asked) {
        return fail(asked.error());
    }
    group->self_ = {NodeId(node), ::getpid()};
    if (auto got = result_of(cpg_fd_get(handle, &group->fd_), group_service); !got) {
        return fail(got.error());
    }
    if (auto got =
            result_of(cpg_max_atomic_msgsize_get(handle, &group->longest_message_), group_service);
        !got) {
        return fail(got.error());
    }
    return group;
}

Result<void> CpgGroup::join() {
    const cpg_name name = name_of_the_group();
    return result_of(cpg_join(handle_, &name), group_service);
}

CpgGroup::~CpgGroup() {
    cpg_finalize(handle_);
}

CpgGroup& CpgGroup::group_of(cpg_handle_t handle) {
    void* context = nullptr;
    PMX_CHECK(cpg_context_get(handle, &context) == CS_OK, "a CPG callback of no handle");
    return *static_cast<CpgGroup*>(context);
}

void CpgGroup::deliver(cpg_handle_t handle, const cpg_name* /*name*/, uint32_t node,
                       uint32_t process, void* message, size_t length) {
    CpgGroup& group = group_of(handle);
    const GroupMember sender{NodeId(node), static_cast<pid_t>(process)};
    if (sender == group.self_) --group.on_its_way_;
    group.events_->received(sender, {static_cast<const char*>(message), length});
}

void CpgGroup::change(cpg_handle_t handle, const cpg_name* /*name*/, const cpg_address* members,
                      size_t count, const cpg_address* /*left*/, size_t /*left_count*/,
                      const cpg_address* /*joined*/, size_t /*joined_count*/) {
    std::vector<GroupMember> present;
    present.reserve(count);
    for (size_t i = 0; i < count; ++i)
        present.push_back({NodeId(members[i].nodeid), static_cast<pid_t>(members[i].pid)});
    std::sort(present.begin(), present.end());
    group_of(handle).events_->members_changed(std::move(present));
}

Result<void> CpgGroup::dispatch(CpgEvents& events) {
    events_ = &events;
    for (int i = 0; i < events_a_dispatch; ++i) {
        const cs_error_t answer = cpg_dispatch(handle_, CS_DISPATCH_ONE_NONBLOCKING);
        if (answer == CS_ERR_TRY_AGAIN) return {};
        if (auto dispatched = result_of(answer, group_service); !dispatched) return dispatched;
    }
    return {};
}

Result<void> CpgGroup::multicast(std::string_view message) {
    if (message.size() > longest_message_) {
        return fail(Code::invalid_argument, "a message of " + std::to_string(message.size()) +
                                                " bytes; corosync takes " +
                                                std::to_string(longest_message_));
    }
    if (on_its_way_ >= most_on_its_way) return fail(Code::busy, "enough is on its way");
    // libcpg only reads it.
    const iovec piece{const_cast<char*>(message.data()), message.size()};
    auto sent = result_of(cpg_mcast_joined(handle_, CPG_TYPE_AGREED, &piece, 1), group_service);
    if (sent) ++on_its_way_;
    return sent;
}

}  // namespace pmx::corosync
