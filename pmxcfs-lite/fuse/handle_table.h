// Open handles by the number that the kernel gives back.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace pmx::fuse {

template <typename T>
class HandleTable {
  public:
    std::uint64_t add(std::shared_ptr<T> handle) {
        const std::lock_guard lock(mutex_);
        handles_.emplace(next_, std::move(handle));
        return next_++;
    }
    std::shared_ptr<T> find(std::uint64_t number) {
        const std::lock_guard lock(mutex_);
        const auto found = handles_.find(number);
        return found == handles_.end() ? nullptr : found->second;
    }
    void remove(std::uint64_t number) {
        const std::lock_guard lock(mutex_);
        handles_.erase(number);
    }

  private:
    std::mutex mutex_;
    std::unordered_map<std::uint64_t, std::shared_ptr<T>> handles_;
    std::uint64_t next_ = 1;
};

}  // namespace pmx::fuse
