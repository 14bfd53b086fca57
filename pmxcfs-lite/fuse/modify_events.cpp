#include "fuse/modify_events.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/log.h"

namespace pmx::fuse {
namespace {

// A file that is renamed meanwhile is looked for again; one that is renamed all the time has events
// enough.
constexpr int max_attempts = 3;
constexpr std::chrono::seconds longest_wait{1};

}  // namespace

ModifyEvents::ModifyEvents() : helper_(std::make_unique<EventHelper>()) {}

ModifyEvents::~ModifyEvents() {
    stop();
}

void ModifyEvents::start(const std::string& mountpoint, Find find) {
    if (!helper_) helper_ = std::make_unique<EventHelper>();
    std::error_code error;
    const auto absolute = std::filesystem::absolute(mountpoint, error);
    mountpoint_ = error ? mountpoint : absolute.lexically_normal().string();
    find_ = std::move(find);
    const std::lock_guard lock(mutex_);
    try {
        thread_ = std::thread([this] { run(); });
        running_ = true;
    } catch (const std::system_error&) {
        log::warning(
            "watchers of files (inotify) hear of a save only before it can be read: no "
            "thread can be started");
    }
}

void ModifyEvents::stop() {
    {
        const std::lock_guard lock(mutex_);
        running_ = false;
        forget_all();
        changed_.notify_one();
    }
    if (helper_) helper_->interrupt();
    if (thread_.joinable()) thread_.join();
}

void ModifyEvents::raise(Inode inode) {
    const std::lock_guard lock(mutex_);
    if (!running_ || !is_waiting_.insert(inode).second) return;
    waiting_.push_back(inode);
    changed_.notify_one();
}

void ModifyEvents::run() {
    device_ = device_of(mountpoint_.c_str());
    const auto above = std::filesystem::path(mountpoint_).parent_path();
    if (device_ == device_of(above.c_str())) device_.reset();  // unmounted again already
    std::unique_lock lock(mutex_);
    while (const auto inode = take_next(lock)) {
        lock.unlock();
        const Outcome outcome = raise_now(*inode);
        lock.lock();
        if (!running_) return;
        if (outcome == Outcome::busy) {
            put_off_.try_emplace(*inode, std::chrono::steady_clock::now() + longest_wait);
            continue;
        }
        put_off_.erase(*inode);
        if (outcome != Outcome::ended) continue;
        log::warning(
            "watchers of files (inotify) hear of a save only before it can be read, until "
            "the daemon is started again: the process that tells them ended");
        running_ = false;
        forget_all();
    }
}

void ModifyEvents::forget_all() {
    waiting_.clear();
    is_waiting_.clear();
    put_off_.clear();
}

std::optional<Inode> ModifyEvents::take_next(std::unique_lock<std::mutex>& lock) {
    const auto earlier = [](const auto& one, const auto& other) {
        return one.second < other.second;
    };
    while (running_) {
        const auto first = std::min_element(put_off_.begin(), put_off_.end(), earlier);
        const bool late =
            first != put_off_.end() && first->second <= std::chrono::steady_clock::now();
        if (late || !waiting_.empty()) {
            const Inode inode = late ? first->first : waiting_.front();
            can_wait_ = !late;
            if (late) put_off_.erase(first);
            if (is_waiting_.erase(inode) > 0) std::erase(waiting_, inode);
            return inode;
        }
        if (first == put_off_.end()) {
            changed_.wait(lock);
        } else {
            changed_.wait_until(lock, Time(first->second));
        }
    }
    return std::nullopt;
}

ModifyEvents::Outcome ModifyEvents::raise_now(Inode inode) {
    std::string tried;
    for (int attempt = 0; attempt < max_attempts; ++attempt) {
        const auto file = find_(inode);
        if (!file || file->path == tried || !device_) break;
        const Outcome outcome = helper_->raise(mountpoint_, *device_, *file);
        if (outcome != Outcome::failed) return outcome;
        tried = file->path;
    }
    return Outcome::failed;
}

}  // namespace pmx::fuse
