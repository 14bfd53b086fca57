#include "notifier/targets/sendmail.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/check.h"
#include "base/file.h"
#include "base/unique_fd.h"
#include "notifier/mail/encode.h"

namespace pmx::notifier {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t max_kept_error_bytes = 2048;

// The message as a file that only we and the child have. A pipe would give the child half a mail
// with a proper end when the daemon dies while it writes.
Result<UniqueFd> message_file(const std::string& message) {
    UniqueFd fd(::memfd_create("mail", MFD_CLOEXEC));
    if (!fd) return fail_errno(errno, "cannot hold the message");
    if (auto written = write_all(fd.get(), message, "message"); !written) {
        return fail(written.error());
    }
    if (::lseek(fd.get(), 0, SEEK_SET) != 0) return fail_errno(errno, "cannot rewind the message");
    return fd;
}

struct Child {
    pid_t pid = -1;
    UniqueFd pid_fd;
    UniqueFd errors;  // its standard output and error, not blocking
};

// What posix_spawn is told; freed at the end.
class SpawnSettings {
  public:
    SpawnSettings(int input, int output) {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawn_file_actions_adddup2(&actions_, input, 0);
        ::posix_spawn_file_actions_adddup2(&actions_, output, 1);
        ::posix_spawn_file_actions_adddup2(&actions_, output, 2);
        ::posix_spawn_file_actions_addclosefrom_np(&actions_, 3);
        ::posix_spawn_file_actions_addchdir_np(&actions_, "/");
        sigset_t none;
        sigset_t all;
        ::sigemptyset(&none);
        ::sigfillset(&all);
        ::posix_spawnattr_init(&attributes_);
        // A group of its own, so that what it started ends with it.
        ::posix_spawnattr_setpgroup(&attributes_, 0);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setsigdefault(&attributes_, &all);
        ::posix_spawnattr_setflags(
            &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    ~SpawnSettings() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;

    [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }
    [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

  private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
    std::vector<char*> pointers;
    pointers.reserve(strings.size() + 1);
    for (std::string& text : strings)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

Result<Child> start(const SendmailCall& call) {
    auto message = message_file(call.message);
    if (!message) return fail(message.error());
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno(errno, "cannot create a pipe");
    UniqueFd read_end(ends[0]);
    const UniqueFd write_end(ends[1]);
    ::fcntl(read_end.get(), F_SETFL, O_NONBLOCK);

    std::vector<std::string> arguments = {call.program, "-B", "8BITMIME", "-f", call.from, "--"};
    arguments.insert(arguments.end(), call.recipients.begin(), call.recipients.end());
    std::vector<std::string> environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8",
                                            "HOME=/"};
    const SpawnSettings settings(message->get(), write_end.get());
    Child child;
    const int error =
        ::posix_spawn(&child.pid, call.program.c_str(), settings.actions(), settings.attributes(),
                      pointers_to(arguments).data(), pointers_to(environment).data());
    if (error != 0) return fail_errno(error, "cannot run " + call.program);
    child.pid_fd = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, child.pid, 0)));
    PMX_CHECK(child.pid_fd, "no pidfd of a child that was not waited for");
    child.errors = std::move(read_end);
    return child;
}

// Reads what there is; keeps the beginning, so that the child is never blocked.
void drain(UniqueFd& errors, std::string& kept) {
    char chunk[4096];
    for (;;) {
        const ssize_t got = ::read(errors.get(), chunk, sizeof(chunk));
        if (got > 0) {
            const std::size_t room = max_kept_error_bytes - kept.size();
            kept.append(chunk, std::min(room, static_cast<std::size_t>(got)));
        } else if (got == 0 || errno == EAGAIN) {
            if (got == 0) errors.reset();
            return;
        } else if (errno != EINTR) {
            errors.reset();
            return;
        }
    }
}

enum class Ended { exited, timed_out, stopped };

Ended wait_for_end(Child& child, const SendmailCall& call, int stop_fd, std::string& kept) {
    auto deadline = SteadyClock::now() + call.timeout;
    bool stopping = false;
    for (;;) {
        const auto left = std::chrono::ceil<milliseconds>(deadline - SteadyClock::now()).count();
        if (left <= 0) return stopping ? Ended::stopped : Ended::timed_out;
        pollfd watched[] = {{child.pid_fd.get(), POLLIN, 0},
                            {child.errors.get(), POLLIN, 0},
                            {stopping ? -1 : stop_fd, POLLIN, 0}};
        if (::poll(watched, 3, static_cast<int>(left)) < 0 && errno != EINTR) {
            return Ended::timed_out;
        }
        if (watched[1].revents != 0) drain(child.errors, kept);
        if (watched[0].revents != 0) return Ended::exited;
        if (watched[2].revents != 0) {
            stopping = true;
            deadline = std::min(deadline, SteadyClock::now() + call.stop_grace);
        }
    }
}

int reap(pid_t pid) {
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0) {
        PMX_CHECK(errno == EINTR, "a child cannot be waited for");
    }
    return status;
}

// sysexits.h: what another attempt cannot mend. EX_UNAVAILABLE and EX_CANTCREAT are what Postfix
// says of a full or stopped queue, so they are tried again.
bool is_permanent(int exit_status) {
    switch (exit_status) {
        case EX_USAGE:
        case EX_DATAERR:
        case EX_NOINPUT:
        case EX_NOUSER:
        case EX_NOHOST:
        case EX_NOPERM:
            return true;
        default:
            return false;
    }
}

Outcome outcome_of(int status, const std::string& program, const std::string& kept) {
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return Outcome::delivered();
    std::string reason = program;
    if (WIFSIGNALED(status)) {
        reason += " was killed by signal " + std::to_string(WTERMSIG(status));
    } else {
        reason += " exited with status " + std::to_string(WEXITSTATUS(status));
    }
    std::string said = clean_line(kept);
    said.erase(said.find_last_not_of(' ') + 1);
    if (!said.empty()) reason += ": " + said;
    const bool permanent = WIFEXITED(status) && is_permanent(WEXITSTATUS(status));
    return permanent ? Outcome::permanent(reason) : Outcome::retry(reason);
}

}  // namespace

Outcome send_mail(const SendmailCall& call, const StopSignal& stop) {
    auto child = start(call);
    if (!child) return Outcome::retry(child.error().message());
    std::string kept;
    const Ended ended = wait_for_end(*child, call, stop.fd(), kept);
    if (ended != Ended::exited) ::kill(-child->pid, SIGKILL);
    const int status = reap(child->pid);
    if (child->errors) drain(child->errors, kept);
    if (ended == Ended::timed_out) {
        return Outcome::retry(call.program + " did not finish within " +
                              std::to_string(call.timeout.count() / 1000) + " s");
    }
    if (ended == Ended::stopped) return Outcome::interrupted();
    return outcome_of(status, call.program, kept);
}

}  // namespace pmx::notifier
