// This daemon's place in the closed process group of all daemons of the cluster.
#pragma once

#include <corosync/cpg.h>
#include <sys/types.h>

#include <memory>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

namespace pmx::corosync {

struct GroupMember {
    NodeId node;
    pid_t process = 0;
    friend auto operator<=>(const GroupMember&, const GroupMember&) = default;
};

// In the order in which all members see it. A message's bytes live as long as the call.
class CpgEvents {
  public:
    virtual ~CpgEvents() = default;
    virtual void members_changed(std::vector<GroupMember> members) = 0;  // sorted
    virtual void received(const GroupMember& sender, std::string_view message) = 0;
};

// One thread.
class CpgGroup {
  public:
    // Opens and joins wait for corosync's answer.
    static Result<std::unique_ptr<CpgGroup>> open();
    Result<void> join();  // Code::busy while corosync forms a membership
    ~CpgGroup();          // leaves
    CpgGroup(const CpgGroup&) = delete;
    CpgGroup& operator=(const CpgGroup&) = delete;

    [[nodiscard]] const GroupMember& self() const { return self_; }
    [[nodiscard]] int fd() const { return fd_; }  // readable when dispatch() has something to do
    // Gives a number of events; what is left keeps fd() readable. Fails when corosync is gone.
    Result<void> dispatch(CpgEvents& events);
    // Code::busy: enough is on its way. Code::invalid_argument: too long, whoever sends it.
    Result<void> multicast(std::string_view message);

  private:
    explicit CpgGroup(cpg_handle_t handle) : handle_(handle) {}
    static CpgGroup& group_of(cpg_handle_t handle);
    static void deliver(cpg_handle_t handle, const cpg_name* group, uint32_t node, uint32_t process,
                        void* message, size_t length);
    static void change(cpg_handle_t handle, const cpg_name* group, const cpg_address* members,
                       size_t count, const cpg_address* left, size_t left_count,
                       const cpg_address* joined, size_t joined_count);

    cpg_handle_t handle_;
    CpgEvents* events_ = nullptr;  // while dispatch() runs
    GroupMember self_;
    int fd_ = -1;
    uint32_t longest_message_ = 0;
    int on_its_way_ = 0;  // multicast by this process and not delivered to it yet
};

}  // namespace pmx::corosync
