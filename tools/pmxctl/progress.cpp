#include "tools/pmxctl/progress.h"

#include <unistd.h>

#include <chrono>
#include <iostream>
#include <system_error>

namespace pmx::pmxctl {

Progress::Progress(std::string doing) : doing_(std::move(doing)) {
    if (::isatty(STDERR_FILENO) != 1) return;
    try {
        thread_ = std::thread([this] { show(); });
    } catch (const std::system_error&) {
        // No thread is to be had: nothing is shown, and what is waited for goes on.
    }
}

Progress::~Progress() {
    {
        const std::lock_guard lock(mutex_);
        done_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Progress::show() {
    constexpr const char* clear_line = "\r\033[K";
    std::unique_lock lock(mutex_);
    int seconds = 0;
    while (!changed_.wait_for(lock, std::chrono::seconds(1), [this] { return done_; })) {
        std::cerr << clear_line << doing_ << ": " << ++seconds << " s" << std::flush;
    }
    if (seconds > 0) std::cerr << clear_line << std::flush;
}

}  // namespace pmx::pmxctl
