#include "notifier/cli/job_process.h"

#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "base/file.h"

namespace pmx::notifier {
namespace {

constexpr std::size_t max_proc_bytes = 256U << 10;
constexpr int max_ancestors = 64;

std::string read_proc(pid_t pid, const char* name) {
    return read_file("/proc/" + std::to_string(pid) + "/" + name, max_proc_bytes).value_or("");
}

struct ProcessStatus {
    pid_t parent = 0;
    std::uint64_t started = 0;
};

// /proc/PID/stat: the name in parentheses may hold anything, what follows are numbers.
std::optional<ProcessStatus> status_of(pid_t pid) {
    const std::string text = read_proc(pid, "stat");
    const std::size_t name_end = text.rfind(')');
    if (name_end == std::string::npos) return std::nullopt;
    std::istringstream fields(text.substr(name_end + 1));
    std::string state;
    ProcessStatus status;
    fields >> state >> status.parent;
    std::string skipped;
    for (int field = 5; field < 22 && fields >> skipped; ++field) {
    }
    fields >> status.started;
    if (!fields) return std::nullopt;
    return status;
}

std::string boot_id() {
    const std::string text =
        read_file("/proc/sys/kernel/random/boot_id", max_proc_bytes).value_or("");
    return text.substr(0, text.find('\n'));
}

std::vector<std::string> command_line_of(pid_t pid) {
    std::vector<std::string> words;
    std::istringstream text(read_proc(pid, "cmdline"));
    for (std::string word; std::getline(text, word, '\0');)
        words.push_back(word);
    return words;
}

std::optional<std::string> job_id_of(const std::vector<std::string>& command_line) {
    constexpr std::string_view option = "--job-id";
    for (std::size_t i = 0; i < command_line.size(); ++i) {
        const std::string& word = command_line[i];
        if (word == option && i + 1 < command_line.size()) return command_line[i + 1];
        if (word.starts_with("--job-id=")) return word.substr(option.size() + 1);
    }
    return std::nullopt;
}

}  // namespace

std::string to_string(const JobProcess& process) {
    return process.boot + "-" + std::to_string(process.pid) + "-" + std::to_string(process.started);
}

bool is_running(const JobProcess& process) {
    const auto status = status_of(process.pid);
    return status && status->started == process.started && boot_id() == process.boot;
}

bool is_vzdump(const std::vector<std::string>& command_line) {
    if (command_line.empty()) return false;
    // A worker has its task's id for a command line.
    if (command_line.front().starts_with("task UPID:")) {
        return command_line.front().find(":vzdump:") != std::string::npos;
    }
    // "/usr/bin/vzdump ..." or "/usr/bin/perl -T /usr/bin/vzdump ...".
    const auto end = command_line.begin() +
                     static_cast<std::ptrdiff_t>(std::min<std::size_t>(command_line.size(), 4));
    return std::any_of(command_line.begin(), end, [](const std::string& word) {
        return word.substr(word.rfind('/') + 1) == "vzdump";
    });
}

CallingJob calling_job() {
    const std::string boot = boot_id();
    const auto job = [&](pid_t pid, const ProcessStatus& status) {
        return CallingJob{{boot, pid, status.started}, job_id_of(command_line_of(pid))};
    };
    pid_t pid = ::getppid();
    for (int i = 0; i < max_ancestors && pid > 1; ++i) {
        const auto status = status_of(pid);
        if (!status) break;
        if (is_vzdump(command_line_of(pid))) return job(pid, *status);
        pid = status->parent;
    }
    const pid_t parent = ::getppid();
    return job(parent, status_of(parent).value_or(ProcessStatus{}));
}

}  // namespace pmx::notifier
