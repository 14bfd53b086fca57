#include "notifier/daemon/config_watch.h"

#include <poll.h>
#include <sys/inotify.h>

#include <array>
#include <cerrno>

namespace pmx::notifier {
namespace {

// A directory that was not there, and what other nodes change below a FUSE mount, which inotify
// does not tell of, show up this late.
constexpr int look_period_ms = 60'000;

// An edit is often several events: look when they have come to rest.
constexpr int settle_ms = 200;

}  // namespace

ConfigWatch::ConfigWatch(std::string root, std::function<void()> look, const StopSignal& stop)
    : root_(std::move(root)),
      look_(std::move(look)),
      stop_(stop),
      inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)),
      thread_([this] { watch(); }) {}

ConfigWatch::~ConfigWatch() {
    thread_.join();
}

void ConfigWatch::add_watches() {
    // Again each time: the directory may have become another one. The same one keeps its watch.
    constexpr std::uint32_t changes =
        IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ONLYDIR;
    for (const char* folder : {"", "/priv"})
        [[maybe_unused]] const int added =
            ::inotify_add_watch(inotify_.get(), (root_ + folder).c_str(), changes);
}

void ConfigWatch::watch() {
    int wait_ms = look_period_ms;
    add_watches();
    for (;;) {
        pollfd watched[] = {{stop_.fd(), POLLIN, 0}, {inotify_.get(), POLLIN, 0}};
        const int ready = ::poll(watched, 2, wait_ms);
        if (ready < 0 && errno != EINTR) return;
        if (watched[0].revents != 0) return;
        if (watched[1].revents != 0) {
            std::array<char, 4096> events{};
            while (::read(inotify_.get(), events.data(), events.size()) > 0) {
            }
            wait_ms = settle_ms;
        } else if (ready == 0) {
            add_watches();
            look_();
            wait_ms = look_period_ms;
        }
    }
}

}  // namespace pmx::notifier
