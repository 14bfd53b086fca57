#include "notifier/daemon/directory_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace pmx::notifier {
namespace {

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
    std::chrono::milliseconds wait = what_.first;
    add_watches();
    for (;;) {
        pollfd watched[] = {
            {stop_.fd(), POLLIN, 0}, {inotify_.get(), POLLIN, 0}, {poked_.get(), POLLIN, 0}};
        const int ready = ::poll(watched, 3, static_cast<int>(wait.count()));
        if (ready < 0 && errno != EINTR) return;
        if (watched[0].revents != 0) return;
        if (ready > 0) {
            // The rest of several changes falls into the pause, which the stop signal ends.
            drain(inotify_.get());
            drain(poked_.get());
            wait = what_.settle;
        } else if (ready == 0) {
            add_watches();
            look_();
            wait = what_.period;
        }
    }
}

}  // namespace pmx::notifier
