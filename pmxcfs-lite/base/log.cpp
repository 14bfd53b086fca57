#include "base/log.h"

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/printable.h"

namespace pmx::log {
namespace {

std::atomic<bool> debug_on{false};

enum class Sink { standard_error, journal, syslog };

// systemd sets JOURNAL_STREAM to "device:inode" of the socket it gave as standard error. A child
// that inherits the variable but not the descriptor must not write to the journal.
bool standard_error_is_journal() {
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat status {};
    if (stream == nullptr || fstat(STDERR_FILENO, &status) != 0) return false;
    return std::string(stream) ==
           std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

void to_journal(Level level, std::string_view message, std::initializer_list<Field> fields) {
    std::vector<std::string> lines;
    lines.push_back("MESSAGE=" + std::string(message));
    lines.push_back("PRIORITY=" + std::to_string(static_cast<int>(level)));
    for (const auto& [name, value] : fields) {
        lines.push_back(std::string(name) + "=" + visible(value));
    }
    std::vector<iovec> vectors;
    vectors.reserve(lines.size());
    for (std::string& line : lines)
        vectors.push_back({line.data(), line.size()});
    sd_journal_sendv(vectors.data(), static_cast<int>(vectors.size()));
}

void to_standard_error(Level level, std::string_view message) {
    static constexpr const char* names[] = {"",        "",       "",     "error",
                                            "warning", "notice", "info", "debug"};
    std::string line = std::string(names[static_cast<int>(level)]) + ": ";
    for (char c : message)
        line.push_back(c == '\n' ? ' ' : c);
    line.push_back('\n');
    // One write a line keeps lines of several threads apart; a full pipe loses a log line, no more.
    [[maybe_unused]] ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

std::atomic<Sink>& sink() {
    static std::atomic<Sink> chosen{standard_error_is_journal() ? Sink::journal
                                                                : Sink::standard_error};
    return chosen;
}

}  // namespace

void use_system_log() {
    const bool journal_runs = ::access("/run/systemd/journal/socket", W_OK) == 0;
    sink() = journal_runs ? Sink::journal : Sink::syslog;
}

void set_debug(bool enabled) {
    debug_on = enabled;
}
bool debug_enabled() {
    return debug_on;
}

// Names of files and programs are anybody's, and journalctl and terminals show what they are given.
void write(Level level, std::string_view text, std::initializer_list<Field> fields) {
    if (level == Level::debug && !debug_on) return;
    const std::string message = visible(text, Newlines::kept);
    switch (sink()) {
        case Sink::journal:
            return to_journal(level, message, fields);
        case Sink::standard_error:
            return to_standard_error(level, message);
        case Sink::syslog:
            ::syslog(static_cast<int>(level), "%.*s", static_cast<int>(message.size()),
                     message.data());
    }
}

}  // namespace pmx::log
