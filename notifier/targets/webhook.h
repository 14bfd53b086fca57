// Tells of an event over HTTP in the form that an administrator wrote down as templates.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "notifier/model/event.h"
#include "notifier/targets/outcome.h"
#include "notifier/targets/stop_signal.h"

namespace pmx::notifier {

// URL, values of headers and body are templates: {{ title }}, {{ message }}, {{ severity }},
// {{ timestamp }} (seconds since 1970), {{ fields.NAME }}, {{ secrets.NAME }}, with the helpers
// url-encode, escape and json.
struct WebhookPush {
    std::string method;  // POST, PUT or GET
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::vector<std::pair<std::string, std::string>> secrets;
    std::optional<std::string> proxy;  // URL, may hold a password
};

// As http.h says. A template that does not render is permanent. Of the URL only scheme and host are
// ever shown: the rest is where services have their secrets. Blocks; thread-safe.
Outcome send_webhook(const WebhookPush& push, const Event& event, const StopSignal& stop);

}  // namespace pmx::notifier
