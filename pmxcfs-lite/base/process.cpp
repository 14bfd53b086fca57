#include "base/process.h"

#include <charconv>

#include "base/file.h"

namespace pmx {
namespace {

constexpr std::size_t max_proc_file_bytes = 64 << 10;

template <typename Number>
void parse_into(Number& number, std::string_view text) {
    Number parsed{};
    const auto result = std::from_chars(text.data(), text.data() + text.size(), parsed);
    if (result.ec == std::errc()) number = parsed;
}

}  // namespace

std::string process_file(pid_t id, const char* name) {
    auto text = read_file("/proc/" + std::to_string(id) + "/" + name, max_proc_file_bytes);
    return text ? std::move(*text) : std::string();
}

std::optional<pid_t> process_of_thread(pid_t thread) {
    if (thread <= 0) return std::nullopt;
    const std::string status = process_file(thread, "status");
    constexpr std::string_view key = "\nTgid:\t";
    const auto at = status.find(key);
    if (at == std::string::npos) return std::nullopt;
    pid_t process = 0;
    parse_into(process, std::string_view(status).substr(at + key.size()));
    if (process <= 0) return std::nullopt;
    return process;
}

ProcessInfo read_process(pid_t process) {
    ProcessInfo info;
    parse_into(info.login_uid, process_file(process, "loginuid"));
    info.program = process_file(process, "comm");
    if (info.program.ends_with('\n')) info.program.pop_back();
    return info;
}

}  // namespace pmx
