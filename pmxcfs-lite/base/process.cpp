#include "base/process.h"

#include <charconv>

#include "base/file.h"

namespace pmx {
namespace {

constexpr std::size_t max_proc_file_bytes = 64 << 10;

std::string proc_file(pid_t id, const char* name) {
    auto text = read_file("/proc/" + std::to_string(id) + "/" + name, max_proc_file_bytes);
    return text ? std::move(*text) : std::string();
}

template <typename Number>
void parse_into(Number& number, std::string_view text) {
    Number parsed{};
    const auto result = std::from_chars(text.data(), text.data() + text.size(), parsed);
    if (result.ec == std::errc()) number = parsed;
}

pid_t process_of_thread(pid_t thread) {
    const std::string status = proc_file(thread, "status");
    constexpr std::string_view key = "\nTgid:\t";
    pid_t process = thread;
    if (const auto at = status.find(key); at != std::string::npos) {
        parse_into(process, std::string_view(status).substr(at + key.size()));
    }
    return process;
}

}  // namespace

ProcessInfo read_process(pid_t id) {
    ProcessInfo info;
    info.pid = process_of_thread(id);
    parse_into(info.login_uid, proc_file(info.pid, "loginuid"));
    info.program = proc_file(info.pid, "comm");
    if (!info.program.empty() && info.program.back() == '\n') info.program.pop_back();
    return info;
}

}  // namespace pmx
