#include "base/detach.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "base/log.h"

namespace pmx {
namespace {

[[noreturn]] void wait_for_daemon(int from_daemon) {
    char byte = 0;
    ssize_t got = 0;
    do {
        got = ::read(from_daemon, &byte, 1);
    } while (got < 0 && errno == EINTR);
    ::_exit(got == 1 ? 0 : 1);
}

}  // namespace

Result<DetachedStart> DetachedStart::detach() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno(errno, "cannot make a pipe");
    UniqueFd from_daemon(ends[0]);
    UniqueFd to_starter(ends[1]);
    const pid_t child = ::fork();
    if (child < 0) return fail_errno(errno, "cannot fork");
    if (child > 0) {
        to_starter.reset();
        wait_for_daemon(from_daemon.get());
    }
    if (::setsid() < 0 || ::chdir("/") != 0) return fail_errno(errno, "cannot leave the terminal");
    return DetachedStart(std::move(to_starter));
}

void DetachedStart::serving() {
    log::use_system_log();
    const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        ::dup2(null.get(), fd);
    [[maybe_unused]] const ssize_t put = ::write(starter_.get(), "1", 1);
    starter_.reset();
}

}  // namespace pmx
