#include "tests/support/memory_store.h"

#include <future>
#include <utility>

namespace pmx::test {
namespace {

constexpr std::chrono::seconds patience{10};

}  // namespace

MemoryStore::MemoryStore(ports::Invalidator& invalidator, std::string node_name)
    : invalidator_(invalidator),
      node_name_(std::move(node_name)),
      started_(SystemClock().wall()),
      loop_([this] { run(); }) {
    const std::string node = "nodes/" + node_name_;
    for (const std::string& path :
         std::vector<std::string>{"priv", "priv/lock", "nodes", node, node + "/priv",
                                  node + "/qemu-server", node + "/lxc", node + "/openvz"}) {
        apply(tree::MakeDirectory{{tree::root_inode, path}});
    }
    forget_entries();
}

MemoryStore::~MemoryStore() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        changed_.notify_all();
    }
    loop_.join();
}

void MemoryStore::submit(tree::Op op, wire::Actor actor, Patience /*patience*/, Completion done) {
    if (const Code code = writable(); code != Code::ok) {
        return done({.result = code, .index = {}, .inode = {}});
    }
    enqueue({std::move(op), std::move(actor), std::move(done)});
}

void MemoryStore::sync(Completion done) {
    enqueue({std::nullopt, {}, std::move(done)});
}

Code MemoryStore::writable() const {
    const std::lock_guard lock(mutex_);
    return writable_;
}

ports::StoreStatus MemoryStore::status() const {
    ports::StoreStatus status;
    status.identity.node = node();
    status.identity.node_name = node_name_;
    status.membership = membership();
    status.writable = writable();
    status.started = started_;
    const std::shared_lock lock(tree_mutex_);
    status.applied = applied_;
    status.totals = tree_.totals();
    return status;
}

ports::Membership MemoryStore::membership() const {
    const std::lock_guard lock(mutex_);
    return membership_;
}

Result<std::vector<ports::HistoryRecord>> MemoryStore::history(const ports::HistoryQuery&) {
    return std::vector<ports::HistoryRecord>{};
}

ports::SubmitResult MemoryStore::apply(tree::Op op) {
    std::promise<ports::SubmitResult> promise;
    auto future = promise.get_future();
    enqueue({std::move(op), {}, [&promise](const ports::SubmitResult& result) {
                 promise.set_value(result);
             }});
    return future.get();
}

void MemoryStore::hold() {
    const std::lock_guard lock(mutex_);
    held_ = true;
}

void MemoryStore::go_on() {
    const std::lock_guard lock(mutex_);
    held_ = false;
    changed_.notify_all();
}

void MemoryStore::fail_next(Code code) {
    const std::lock_guard lock(mutex_);
    fail_next_ = code;
}

void MemoryStore::set_writable(Code code) {
    const std::lock_guard lock(mutex_);
    writable_ = code;
}

void MemoryStore::set_membership(ports::Membership membership) {
    const std::lock_guard lock(mutex_);
    membership_ = std::move(membership);
}

std::vector<MemoryStore::Logged> MemoryStore::entries() const {
    const std::lock_guard lock(mutex_);
    return entries_;
}

void MemoryStore::forget_entries() {
    const std::lock_guard lock(mutex_);
    entries_.clear();
}

void MemoryStore::keep_entries(bool keep) {
    const std::lock_guard lock(mutex_);
    keep_entries_ = keep;
}

bool MemoryStore::wait_for_entries(std::size_t count) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return entries_.size() >= count; });
}

bool MemoryStore::wait_for_waiting(std::size_t count) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return tasks_.size() >= count; });
}

void MemoryStore::enqueue(Task task) {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    changed_.notify_all();
}

void MemoryStore::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return stopping_ || (!held_ && !tasks_.empty()); });
        if (stopping_) return;
        const Task task = std::move(tasks_.front());
        tasks_.pop_front();
        lock.unlock();
        apply_task(task);
        lock.lock();
    }
}

void MemoryStore::apply_task(const Task& task) {
    if (!task.op) return task.done({.result = Code::ok, .index = applied_, .inode = {}});
    Code failure = Code::ok;
    {
        const std::lock_guard lock(mutex_);
        failure = std::exchange(fail_next_, Code::ok);
    }
    if (failure != Code::ok) return task.done({.result = failure, .index = {}, .inode = {}});
    auto entry = std::make_shared<wire::Entry>();
    tree::Outcome outcome;
    {
        const std::unique_lock lock(tree_mutex_);
        applied_ = next(applied_);
        entry->index = applied_;
        entry->time = SystemClock().wall();
        entry->actor = task.actor;
        outcome = tree_.apply(*task.op, {entry->index, entry->time, node()});
    }
    invalidator_.committed({.entry = entry,
                            .own = true,
                            .result = outcome.result,
                            .changes = std::move(outcome.changes)});
    // Who waits for an entry may rely on the mount having heard of it.
    {
        const std::lock_guard lock(mutex_);
        if (keep_entries_) entries_.push_back({*task.op, task.actor, outcome.result});
        changed_.notify_all();
    }
    task.done({.result = outcome.result, .index = entry->index, .inode = outcome.inode});
}

}  // namespace pmx::test
