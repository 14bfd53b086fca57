#include "fuse/caller.h"

#include <sys/syscall.h>
#include <sys/uio.h>

#include <charconv>
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>

#include "base/process.h"

namespace pmx::fuse {
namespace {

template <typename Number>
Number number_or(std::string_view text, Number otherwise) {
    Number number{};
    const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
    return end.ec == std::errc() ? number : otherwise;
}

// proc(5): the call's number, then six arguments in hexadecimal.
std::istringstream system_call_of(pid_t thread) {
    return std::istringstream(thread > 0 ? process_file(thread, "syscall") : std::string());
}

}  // namespace

pid_t process_of(pid_t thread) {
    return process_of_thread(thread).value_or(0);
}

int killed_by(pid_t thread) {
    if (thread <= 0) return 0;
    // Who exits has no memory any more when its descriptors are closed. Who is in execve(2) has,
    // and its `stat` cannot be read before it is through, which waits for the answer to this very
    // close.
    const std::string status = process_file(thread, "status");
    if (status.empty() || status.find("\nVmSize:") != std::string::npos) return 0;
    // proc(5): the fields after the name, which may hold anything, begin with the third.
    const std::string stat = process_file(thread, "stat");
    const auto name_end = stat.rfind(')');
    if (name_end == std::string::npos) return 0;
    std::istringstream fields(stat.substr(name_end + 1));
    constexpr std::size_t flags_field = 9;
    constexpr std::size_t exit_code_field = 52;
    std::string text;
    std::uint64_t flags = 0;
    for (std::size_t field = 3; field <= exit_code_field && fields >> text; ++field) {
        if (field == flags_field) flags = number_or<std::uint64_t>(text, 0);
    }
    constexpr std::uint64_t exiting = 0x4;  // the kernel's PF_EXITING
    constexpr int signal_bits = 0x7f;       // as wait(2) has them
    return (flags & exiting) != 0 ? number_or(text, 0) & signal_bits : 0;
}

bool looks_at_attributes(pid_t thread) {
    long number = -1;
    system_call_of(thread) >> number;
    switch (number) {
#ifdef SYS_stat
        case SYS_stat:
        case SYS_lstat:
#endif
#ifdef SYS_newfstatat
        case SYS_newfstatat:
#endif
        case SYS_fstat:
        case SYS_statx:
            return true;
        default:
            return false;
    }
}

bool appends_by_flag(pid_t thread) {
    std::istringstream call = system_call_of(thread);
    long number = -1;
    call >> number;
    if (number != SYS_pwritev2) return false;
    constexpr int flags_argument = 6;
    std::uint64_t argument = 0;
    for (int i = 0; i < flags_argument; ++i)
        call >> std::hex >> argument;
    return call && (argument & RWF_APPEND) != 0;
}

wire::Actor actor_of(uid_t uid, pid_t thread) {
    wire::Actor actor;
    actor.uid = uid;
    const auto process = process_of_thread(thread);
    if (!process) return actor;
    const ProcessInfo info = read_process(*process);
    actor.pid = *process;
    actor.login_uid = info.login_uid;
    actor.program = info.program.substr(0, wire::max_program_bytes);
    return actor;
}

}  // namespace pmx::fuse
