// The log of a daemon: to the journal when systemd started it, else to standard error; after
// use_system_log() to the journal or, where none runs, to syslog.
//
// Thread-safe. Never pass a secret. A message says which file and line, node or target it is about,
// and what to do where something can be done.
#pragma once

#include <initializer_list>
#include <string_view>
#include <utility>

namespace pmx::log {

enum class Level : int { error = 3, warning = 4, notice = 5, info = 6, debug = 7 };  // syslog's

// A journal field beside the message: {"PMX_INDEX", "42"}. Names are upper case.
using Field = std::pair<std::string_view, std::string_view>;

void use_system_log();
void set_debug(bool enabled);
[[nodiscard]] bool debug_enabled();

void write(Level level, std::string_view message, std::initializer_list<Field> fields = {});

inline void error(std::string_view m, std::initializer_list<Field> f = {}) {
    write(Level::error, m, f);
}
inline void warning(std::string_view m, std::initializer_list<Field> f = {}) {
    write(Level::warning, m, f);
}
inline void notice(std::string_view m, std::initializer_list<Field> f = {}) {
    write(Level::notice, m, f);
}
inline void info(std::string_view m, std::initializer_list<Field> f = {}) {
    write(Level::info, m, f);
}
inline void debug(std::string_view m, std::initializer_list<Field> f = {}) {
    write(Level::debug, m, f);
}

}  // namespace pmx::log
