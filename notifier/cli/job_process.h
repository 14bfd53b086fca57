// Which process is the backup job that a hook was called by: what tells two jobs at once apart, and
// whether a job that has not ended is still there.
#pragma once

#include <sys/types.h>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pmx::notifier {

// A process, unlike any other of this machine before or after it.
struct JobProcess {
    std::string boot;  // the kernel's boot id
    pid_t pid = 0;
    std::uint64_t started = 0;  // in clock ticks since the boot
    friend bool operator==(const JobProcess&, const JobProcess&) = default;
};

[[nodiscard]] std::string to_string(const JobProcess& process);  // letters, digits and '-'
[[nodiscard]] bool is_running(const JobProcess& process);

struct CallingJob {
    JobProcess process;
    std::optional<std::string> job_id;  // of its --job-id
};

// The nearest ancestor that is vzdump, or a task of the node's that runs it; else the parent.
[[nodiscard]] CallingJob calling_job();

// Whether a command line is vzdump's.
[[nodiscard]] bool is_vzdump(const std::vector<std::string>& command_line);

}  // namespace pmx::notifier
