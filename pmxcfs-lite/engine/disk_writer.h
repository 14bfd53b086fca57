// The one thread that writes to the disk, so that the loop goes on receiving meanwhile.
//
// What is queued while a transaction runs goes into the next one: group commit. When the disk is
// full nothing of a transaction is stored, and neither is what was queued behind it, because log
// entries follow each other; the loop hears of it and goes on in a new generation. Any other error
// is fatal: after a failed fsync nobody knows what is on the disk, and trying again would lie.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "base/result.h"
#include "ports/log_store.h"

namespace pmx::engine {

// What history keeps at least as long as neither is exceeded (STORE.md: 30 days or 64 MiB).
struct HistoryLimits {
    std::uint64_t max_bytes = 64ULL << 20;
    std::chrono::hours max_age{30 * 24};
};

class DiskWriter {
  public:
    struct Request {
        ports::WriteBatch batch;
        std::uint64_t generation = 0;
        // On the writer thread; the error is no_space, with the generation that begins after it, or
        // what `prepare` gave.
        std::function<void(Code result, std::uint64_t generation)> done;
        // On the writer thread, with the batch that is written next: for what takes long to make,
        // or needs the disk for it. Such a batch has a transaction of its own. When it fails,
        // nothing is written, and nothing else is wrong.
        std::function<Result<void>(ports::WriteBatch&)> prepare = {};
    };

    // `fatal` is called on the writer thread and must not return.
    DiskWriter(ports::LogStore& store, const Clock& clock, HistoryLimits limits,
               std::function<void(const Error&)> fatal);
    // Writes what is queued first.
    ~DiskWriter();

    void enqueue(Request request);
    // Whether the last transaction found no room. Any thread.
    [[nodiscard]] bool full() const { return full_; }

  private:
    void run();
    std::deque<Request> next_transaction();
    [[nodiscard]] bool prepared(Request& request) const;
    void write(std::deque<Request> requests);
    void refuse(std::deque<Request> requests);
    [[noreturn]] void end(const Error& error);

    ports::LogStore& store_;
    const Clock& clock_;
    const HistoryLimits limits_;
    const std::function<void(const Error&)> fatal_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Request> queue_;
    std::uint64_t generation_ = 0;  // the writer thread's own
    std::atomic<bool> full_ = false;
    bool stopping_ = false;
    std::thread thread_;  // last: it uses all of the above
};

}  // namespace pmx::engine
