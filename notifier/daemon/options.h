// The command line of pmx-notifyd.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace pmx::notifier {

struct Options {
    bool foreground = false;
    std::string config_root = "/etc/pve";
    std::string state = "/var/lib/pmx-notifier";
    std::string run = "/run/pmx-notifier";
    std::string sendmail = "/usr/sbin/sendmail";
    std::string node_name;  // default: the host's name up to its first dot
    std::string mail_host;  // default: the host's name
    std::int64_t node_lost_after_s = 60;
    bool help = false;
    bool version = false;
};

// Code::invalid_argument with what to say on standard error.
Result<Options> parse_options(int argc, const char* const* argv);

std::string help_text();

}  // namespace pmx::notifier
