// One HTTP request that tells a server of an event.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "notifier/targets/outcome.h"
#include "notifier/targets/secrets.h"
#include "notifier/targets/stop_signal.h"

namespace pmx::notifier {

struct HttpRequest {
    std::string method;  // POST, PUT or GET
    std::string url;     // http or https
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::optional<std::string> proxy;           // URL, may hold a password
    std::chrono::milliseconds timeout{10'000};  // in all
    Secrets secrets;
    // For what is told:
    std::string server;        // "the Gotify server"
    std::string shown_url;     // without anything secret
    std::string url_property;  // what a redirect asks to be corrected
};

// 2xx is success. 408, 425, 429 and 5xx, and what goes wrong on the way, may be tried again; any
// other answer, a redirect included, is permanent. A value can never start another header: control
// characters become blanks. Blocks; thread-safe.
Outcome send_http(const HttpRequest& request, const StopSignal& stop);

}  // namespace pmx::notifier
