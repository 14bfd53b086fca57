#include "daemon/first_layout.h"

#include <unistd.h>

#include <utility>
#include <vector>

#include "base/log.h"

namespace pmx::daemon {
namespace {

wire::Actor own_actor() {
    wire::Actor actor;
    actor.uid = ::getuid();
    actor.pid = ::getpid();
    actor.program = "pmxcfs-lite";
    return actor;
}

}  // namespace

std::optional<tree::Op> missing_layout(const tree::Tree& tree, const std::string& node_name) {
    const std::string own = "nodes/" + node_name;
    const std::vector<std::string> wanted = {
        "priv",       "priv/lock",     "nodes",      own, own + "/qemu-server",
        own + "/lxc", own + "/openvz", own + "/priv"};
    tree::Transaction transaction;
    for (const std::string& path : wanted) {
        const tree::Ref at{tree::root_inode, path};
        if (!tree.resolve(at)) transaction.steps.emplace_back(tree::MakeDirectory{at});
    }
    if (transaction.steps.empty()) return std::nullopt;
    return transaction;
}

std::optional<tree::Op> FirstLayout::missing() const {
    const ports::TreeView tree = store_.read();
    return missing_layout(*tree, store_.node_name());
}

// A member that is catching up only thinks that something is missing: first it hears of all there
// is.
void FirstLayout::committed(const ports::Committed& committed) {
    const wire::EntryKind kind = committed.entry->kind;
    const bool view_opened = kind == wire::EntryKind::first || kind == wire::EntryKind::voters;
    if (!view_opened || !missing()) return;
    {
        const std::lock_guard lock(mutex_);
        if (std::exchange(under_way_, true)) return;
    }
    store_.sync([this](const ports::SubmitResult& result) {
        if (result.result == Code::ok) return submit();
        ended();  // the next view brings another try
    });
}

void FirstLayout::submit() {
    std::optional<tree::Op> op = missing();
    if (!op) return ended();
    store_.submit(std::move(*op), own_actor(), ports::Store::Patience::patient,
                  [this](const ports::SubmitResult& result) {
                      // Another node was quicker with what they share: less is missing now.
                      if (result.result == Code::already_exists) return submit();
                      if (result.result != Code::ok && missing()) {
                          log::warning("cannot make this node's directories: " +
                                       std::string(code_name(result.result)));
                      }
                      ended();
                  });
}

void FirstLayout::ended() {
    const std::lock_guard lock(mutex_);
    under_way_ = false;
    changed_.notify_all();
}

void FirstLayout::wait_until_made(std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, timeout, [this] { return !under_way_; });
}

}  // namespace pmx::daemon
