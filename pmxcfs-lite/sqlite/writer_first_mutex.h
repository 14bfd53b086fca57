// A mutex under which readers take turns that never hold up a writer for longer than one of them: a
// reader waits while a writer does. std::mutex lets a reader in a loop starve everybody else.
#pragma once

#include <condition_variable>
#include <mutex>

namespace pmx::sqlite {

class WriterFirstMutex {
  public:
    // A writer's; std::lock_guard works.
    void lock() {
        std::unique_lock lock(mutex_);
        ++writers_;
        free_.wait(lock, [this] { return !held_; });
        --writers_;
        held_ = true;
    }
    void lock_for_reading() {
        std::unique_lock lock(mutex_);
        free_.wait(lock, [this] { return !held_ && writers_ == 0; });
        held_ = true;
    }
    void unlock() {
        const std::lock_guard lock(mutex_);
        held_ = false;
        free_.notify_all();
    }

    // Holds it for a reader.
    class Reading {
      public:
        explicit Reading(WriterFirstMutex& mutex) : mutex_(mutex) { mutex_.lock_for_reading(); }
        ~Reading() { mutex_.unlock(); }
        Reading(const Reading&) = delete;
        Reading& operator=(const Reading&) = delete;

      private:
        WriterFirstMutex& mutex_;
    };

  private:
    std::mutex mutex_;
    std::condition_variable free_;
    bool held_ = false;
    int writers_ = 0;  // that wait
};

}  // namespace pmx::sqlite
