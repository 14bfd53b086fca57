// Telling systemd that a daemon serves, lives, or stops. Without systemd every call does nothing.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace pmx::service {

void ready(std::string_view status);
void stopping();
void alive();  // feeds the watchdog
void status(std::string_view text);

// How often alive() is wanted (half of WATCHDOG_USEC), or nothing without a watchdog.
std::optional<std::chrono::microseconds> watchdog_period();

}  // namespace pmx::service
