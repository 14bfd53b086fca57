// Pushes a message to a Gotify server over HTTP.
#pragma once

#include <chrono>
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
    std::chrono::milliseconds timeout{10'000};  // in all
};

// Once, before any thread; libcurl wants it.
void initialise_http();

// POST {server}/message. 2xx is success. 429 and 5xx, and what goes wrong on the way, may be tried
// again; any other answer, a redirect included, is permanent. Blocks; thread-safe.
Outcome send_gotify(const GotifyCall& call, const StopSignal& stop);

std::string gotify_body(const GotifyCall& call);  // the JSON that is sent

}  // namespace pmx::notifier
