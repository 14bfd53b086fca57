// Looks at the configuration when it changes, so that problems are in the log at once and not with
// the next event. What is in force does not depend on it.
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "base/unique_fd.h"
#include "notifier/targets/stop_signal.h"

namespace pmx::notifier {

class ConfigWatch {
  public:
    // `look` runs on a thread of the watch. `stop` ends it; the destructor waits for that.
    ConfigWatch(std::string root, std::function<void()> look, const StopSignal& stop);
    ~ConfigWatch();
    ConfigWatch(const ConfigWatch&) = delete;
    ConfigWatch& operator=(const ConfigWatch&) = delete;

  private:
    void watch();
    void add_watches();

    const std::string root_;
    const std::function<void()> look_;
    const StopSignal& stop_;
    UniqueFd inotify_;
    std::thread thread_;  // last: it uses all of the above
};

}  // namespace pmx::notifier
