#include "notifier/daemon/directory_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

namespace pmx::notifier {
namespace {

using Moment = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

constexpr int longest_settles = 10;

milliseconds left_until(Moment moment) {
    return std::max(std::chrono::ceil<milliseconds>(moment - std::chrono::steady_clock::now()),
                    milliseconds(0));
}

void drain(int fd) {
    std::array<char, 4096> bytes{};
    while (::read(fd, bytes.data(), bytes.size()) > 0) {
    }
}

}  // namespace

DirectoryWatch::DirectoryWatch(What what, std::function<void()> look, const StopSignal& stop)
    : what_(std::move(what)),
      look_(std::move(look)),
      stop_(stop),
      inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)),
      poked_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void DirectoryWatch::start() {
    add_watches();
    thread_ = std::thread([this] { watch(); });
}

void DirectoryWatch::finish() {
    if (thread_.joinable()) thread_.join();
}

void DirectoryWatch::poke() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t put = ::write(poked_.get(), &one, sizeof(one));
}

// Again each time: a directory may have become another one. The same one keeps its watch.
void DirectoryWatch::add_watches() {
    for (const std::string& directory : what_.directories)
        [[maybe_unused]] const int added =
            ::inotify_add_watch(inotify_.get(), directory.c_str(), what_.changes | IN_ONLYDIR);
}

void DirectoryWatch::watch() {
    Moment look_at = std::chrono::steady_clock::now() + what_.first;
    std::optional<Moment> latest;  // of a change that was not looked at yet
    for (;;) {
        pollfd watched[] = {
            {stop_.fd(), POLLIN, 0}, {inotify_.get(), POLLIN, 0}, {poked_.get(), POLLIN, 0}};
        const int ready = ::poll(watched, 3, static_cast<int>(left_until(look_at).count()));
        if (ready < 0 && errno != EINTR) return;
        if (watched[0].revents != 0) return;
        const Moment now = std::chrono::steady_clock::now();
        if (ready > 0) {
            // The rest of several changes falls into the pause, which the stop signal ends.
            drain(inotify_.get());
            drain(poked_.get());
            if (!latest) latest = now + longest_settles * what_.settle;
            look_at = std::min(now + what_.settle, *latest);
        }
        if (now < look_at) continue;
        latest.reset();
        add_watches();
        look_();
        look_at = std::chrono::steady_clock::now() + what_.period;
    }
}

}  // namespace pmx::notifier
