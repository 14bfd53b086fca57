// Values that many handles hold at once, each in memory once: who opens a file or reads a directory
// a thousand times must not make a thousand copies. A value lives as long as somebody holds it.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace pmx::fuse {

// Any thread.
template <typename Key, typename Value>
class SharedValues {
  public:
    // The value last shared under that key where it is equal and still held, else this one.
    std::shared_ptr<const Value> share(const Key& key, Value value) {
        const std::lock_guard lock(mutex_);
        if (last_.size() >= sweep_at_) sweep();
        std::weak_ptr<const Value>& last = last_[key];
        if (auto held = last.lock(); held && *held == value) return held;
        auto fresh = std::make_shared<const Value>(std::move(value));
        last = fresh;
        return fresh;
    }

  private:
    void sweep() {
        std::erase_if(last_, [](const auto& entry) { return entry.second.expired(); });
        sweep_at_ = 2 * last_.size() + least_to_sweep;
    }

    static constexpr std::size_t least_to_sweep = 64;
    std::mutex mutex_;
    std::unordered_map<Key, std::weak_ptr<const Value>> last_;
    std::size_t sweep_at_ = least_to_sweep;
};

}  // namespace pmx::fuse
