#include "fuse/caller.h"

#include <charconv>
#include <string>
#include <string_view>

#include "base/file.h"

namespace pmx::fuse {
namespace {

constexpr std::size_t proc_file_limit = 64 << 10;

std::string proc_file(pid_t pid, std::string_view name) {
    const auto text =
        read_file("/proc/" + std::to_string(pid) + "/" + std::string(name), proc_file_limit);
    return text ? *text : std::string();
}

template <typename Number>
Number number_or(std::string_view text, Number otherwise) {
    Number number{};
    const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
    return end.ec == std::errc() ? number : otherwise;
}

}  // namespace

pid_t process_of(pid_t thread) {
    if (thread <= 0) return 0;
    const std::string status = proc_file(thread, "status");
    constexpr std::string_view key = "\nTgid:\t";
    const auto at = status.find(key);
    if (at == std::string::npos) return 0;
    return number_or<pid_t>(std::string_view(status).substr(at + key.size()), 0);
}

wire::Actor actor_of(uid_t uid, pid_t thread) {
    wire::Actor actor;
    actor.uid = uid;
    actor.pid = process_of(thread);
    if (actor.pid == 0) return actor;
    actor.login_uid = number_or<std::uint32_t>(proc_file(actor.pid, "loginuid"), actor.login_uid);
    actor.program = proc_file(actor.pid, "comm");
    if (actor.program.ends_with('\n')) actor.program.pop_back();
    if (actor.program.size() > wire::max_program_bytes) {
        actor.program.resize(wire::max_program_bytes);
    }
    return actor;
}

}  // namespace pmx::fuse
