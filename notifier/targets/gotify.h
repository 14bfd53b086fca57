// Pushes a message to a Gotify server.
#pragma once

#include <optional>
#include <string>

#include "notifier/model/event.h"
#include "notifier/targets/outcome.h"
#include "notifier/targets/stop_signal.h"

namespace pmx::notifier {

struct GotifyCall {
    std::string server;  // base URL; slashes at its end do no harm
    std::string token;
    std::optional<std::string> proxy;  // URL, may hold a password
    Severity severity = Severity::info;
    std::string title;
    std::string message;
    bool is_markdown = false;
};

// POST {server}/message, as http.h says. Blocks; thread-safe.
Outcome send_gotify(const GotifyCall& call, const StopSignal& stop);

std::string gotify_body(const GotifyCall& call);  // the JSON that is sent

}  // namespace pmx::notifier
