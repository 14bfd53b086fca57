#include "base/run_program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/check.h"
#include "base/file.h"
#include "base/unique_fd.h"

namespace pmx {
namespace {

// What posix_spawn is told; freed at the end.
class SpawnSettings {
  public:
    SpawnSettings() {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawnattr_init(&attributes_);
        // A daemon blocks and ignores signals that its child must get.
        sigset_t none;
        sigset_t all;
        ::sigemptyset(&none);
        ::sigfillset(&all);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setsigdefault(&attributes_, &all);
        ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    ~SpawnSettings() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;

    void connect(int input, int output) {
        ::posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO);
        ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    }

    Result<pid_t> spawn(const std::vector<std::string>& command) const {
        PMX_CHECK(!command.empty(), "no program to run");
        std::vector<std::string> words = command;
        std::vector<char*> pointers;
        pointers.reserve(words.size() + 1);
        for (std::string& word : words)
            pointers.push_back(word.data());
        pointers.push_back(nullptr);
        pid_t child = 0;
        const int error = ::posix_spawnp(&child, pointers.front(), &actions_, &attributes_,
                                         pointers.data(), environ);
        if (error != 0) return fail_errno(error, "cannot run " + command.front());
        return child;
    }

  private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

int wait_for(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
        PMX_CHECK(errno == EINTR, "a child that cannot be waited for");
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// False: it still runs.
bool ends_within(pid_t child, std::chrono::milliseconds timeout) {
    const UniqueFd ended(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
    if (!ended) return true;  // out of descriptors: then it is waited for as long as it takes
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    pollfd readable{ended.get(), POLLIN, 0};
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0) return false;
        if (::poll(&readable, 1, static_cast<int>(left.count())) > 0) return true;
    }
}

Result<std::string> beginning_of(int fd, std::size_t limit) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) return fail_errno(errno, "cannot read what a program printed");
    std::string bytes(std::min(limit, static_cast<std::size_t>(status.st_size)), '\0');
    const ssize_t got = ::pread(fd, bytes.data(), bytes.size(), 0);
    if (got < 0) return fail_errno(errno, "cannot read what a program printed");
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
}

// A file in memory, to be read from its beginning.
Result<UniqueFd> input_of(std::string_view bytes) {
    UniqueFd fd(::memfd_create("input", MFD_CLOEXEC));
    if (!fd) return fail_errno(errno, "cannot keep what a program is to read");
    if (auto written = write_all(fd.get(), bytes, "input"); !written) return fail(written.error());
    if (::lseek(fd.get(), 0, SEEK_SET) != 0) return fail_errno(errno, "cannot rewind input");
    return fd;
}

}  // namespace

Result<ProgramEnd> run_program(const std::vector<std::string>& command,
                               std::chrono::milliseconds timeout, const ProgramPipes& pipes) {
    const auto input = input_of(pipes.input);
    if (!input) return fail(input.error());
    const UniqueFd output(::memfd_create("output", MFD_CLOEXEC));
    if (!output) return fail_errno(errno, "cannot keep what a program prints");
    SpawnSettings settings;
    settings.connect(input->get(), output.get());
    const auto child = settings.spawn(command);
    if (!child) return fail(child.error());
    const bool ended = ends_within(*child, timeout);
    if (!ended) ::kill(*child, SIGKILL);
    ProgramEnd end;
    end.exit_code = wait_for(*child);
    if (!ended) {
        return fail(Code::timed_out, command.front() + " did not end within " +
                                         std::to_string(timeout.count()) + " ms");
    }
    auto printed = beginning_of(output.get(), pipes.max_output_bytes);
    if (!printed) return fail(printed.error());
    end.output = std::move(*printed);
    return end;
}

Result<int> run_interactively(const std::vector<std::string>& command) {
    const auto child = SpawnSettings().spawn(command);
    if (!child) return fail(child.error());
    return wait_for(*child);
}

}  // namespace pmx
