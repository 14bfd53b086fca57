// What this node's corosync can be asked and told.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pmx::daemon {

struct CorosyncControl {
    // Code::invalid_argument with corosync's words: it would not start with this text.
    std::function<Result<void>(std::string_view text)> accepts;
    // The same for the nodes that the text names, where this node is none of them.
    std::function<Result<void>(std::string_view text)> accepts_elsewhere;
    std::function<Result<void>()> reload;  // its file; may be tried again
    std::function<Result<void>()> shut_down;
    std::function<Result<void>(std::size_t votes)> expect;  // no more than these
    std::function<bool()> runs;
    std::function<bool()> failed_to_start;  // systemd tried, and gave up
    std::function<Result<void>()> start;
};

// With corosync(8), corosync-cfgtool(8), corosync-quorumtool(8) and systemctl(1). `scratch` is a
// directory for what corosync is asked about.
CorosyncControl installed_corosync(const std::string& scratch);

}  // namespace pmx::daemon
