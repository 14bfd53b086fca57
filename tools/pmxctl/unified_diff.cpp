#include "tools/pmxctl/unified_diff.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/file.h"
#include "base/unique_fd.h"

namespace pmx::pmxctl {
namespace {

constexpr std::size_t max_diff_bytes = 64 << 20;

// In memory: what is in priv/ must not come to lie in a file of /tmp. Inherited by diff.
Result<UniqueFd> text_in_memory(std::string_view text) {
    UniqueFd fd(::memfd_create("pmxctl-diff", 0));
    if (!fd) return fail_errno(errno, "memfd_create");
    if (auto written = write_all(fd.get(), text, "diff's input"); !written) {
        return fail(written.error());
    }
    return fd;
}

std::string path_of(const UniqueFd& fd) {
    return "/dev/fd/" + std::to_string(fd.get());
}

struct Running {
    pid_t child = 0;
    UniqueFd output;
};

Result<Running> spawn(std::vector<std::string> words) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno(errno, "pipe");
    UniqueFd read_end(ends[0]);
    const UniqueFd write_end(ends[1]);
    posix_spawn_file_actions_t actions{};
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, write_end.get(), STDOUT_FILENO);
    std::vector<char*> arguments;
    for (std::string& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    Running running;
    const int error =
        ::posix_spawnp(&running.child, arguments[0], &actions, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (error != 0) return fail_errno(error, "cannot run diff");
    running.output = std::move(read_end);
    return running;
}

int exit_code_of(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

Result<std::string> unified_diff(std::string_view before, std::string_view after,
                                 const std::string& before_name, const std::string& after_name) {
    if (before == after) return std::string();
    auto left = text_in_memory(before);
    if (!left) return fail(left.error());
    auto right = text_in_memory(after);
    if (!right) return fail(right.error());
    auto running = spawn({"diff", "-u", "--label", before_name, "--label", after_name, "--",
                          path_of(*left), path_of(*right)});
    if (!running) return fail(running.error());
    auto output = read_all(running->output.get(), max_diff_bytes, "diff's output");
    running->output.reset();
    const int code = exit_code_of(running->child);
    if (!output) return fail(output.error());
    if (code != 1) return fail(Code::io_error, "diff failed, exit code " + std::to_string(code));
    return output;
}

}  // namespace pmx::pmxctl
