// Looks when files below a directory change, and every so often: what other nodes change below a
// FUSE mount raises no event everywhere, and a directory may come to be, or become another one.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "notifier/targets/stop_signal.h"

namespace pmx::notifier {

class DirectoryWatch {
  public:
    struct What {
        std::vector<std::string> directories;
        std::uint32_t changes = 0;          // IN_... of inotify(7)
        std::chrono::milliseconds settle;   // several changes are one look, once they are at rest,
                                            // or after ten times as long where they never are
        std::chrono::milliseconds period;   // at the latest
        std::chrono::milliseconds first{};  // until the first look
    };
    // What changes after start() is looked at: `look` runs on a thread of the watch. `stop` ends
    // it; finish() waits for that.
    DirectoryWatch(What what, std::function<void()> look, const StopSignal& stop);
    ~DirectoryWatch() { finish(); }
    DirectoryWatch(const DirectoryWatch&) = delete;
    DirectoryWatch& operator=(const DirectoryWatch&) = delete;

    void start();
    void finish();
    // Look soon. Thread-safe.
    void poke();

  private:
    void watch();
    void add_watches();

    const What what_;
    const std::function<void()> look_;
    const StopSignal& stop_;
    UniqueFd inotify_;
    UniqueFd poked_;
    std::thread thread_;
};

}  // namespace pmx::notifier
