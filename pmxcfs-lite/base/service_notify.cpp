#include "base/service_notify.h"

#include <systemd/sd-daemon.h>

#include <string>

namespace pmx::service {
namespace {

void notify(const std::string& state) {
    sd_notify(0, state.c_str());
}

}  // namespace

void ready(std::string_view status_text) {
    notify("READY=1\nSTATUS=" + std::string(status_text));
}
void stopping() {
    notify("STOPPING=1");
}
void alive() {
    notify("WATCHDOG=1");
}
void status(std::string_view text) {
    notify("STATUS=" + std::string(text));
}

std::optional<std::chrono::microseconds> watchdog_period() {
    std::uint64_t period_us = 0;
    if (sd_watchdog_enabled(0, &period_us) <= 0) return std::nullopt;
    return std::chrono::microseconds(period_us / 2);
}

}  // namespace pmx::service
