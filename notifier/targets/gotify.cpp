#include "notifier/targets/gotify.h"

#include <nlohmann/json.hpp>

#include "notifier/mail/encode.h"
#include "notifier/targets/http.h"

namespace pmx::notifier {
namespace {

int priority_of(Severity severity) {
    switch (severity) {
        case Severity::info:
            return 1;
        case Severity::notice:
            return 3;
        case Severity::warning:
            return 5;
        case Severity::error:
            return 9;
    }
    return 9;
}

std::string message_url(std::string server) {
    server.erase(server.find_last_not_of('/') + 1);
    return server + "/message";
}

}  // namespace

std::string gotify_body(const GotifyCall& call) {
    const nlohmann::json body = {
        {"title", clean_line(call.title)},
        {"message", clean_text(call.message)},
        {"priority", priority_of(call.severity)},
        {"extras",
         {{"client::display",
           {{"contentType", call.is_markdown ? "text/markdown" : "text/plain"}}}}}};
    return body.dump();
}

Outcome send_gotify(const GotifyCall& call, const StopSignal& stop) {
    HttpRequest request;
    request.method = "POST";
    request.url = message_url(call.server);
    request.headers = {{"Authorization", "Bearer " + call.token},
                       {"X-Gotify-Key", call.token},
                       {"Content-Type", "application/json"}};
    request.body = gotify_body(call);
    request.proxy = call.proxy;
    request.secrets.add(call.token);
    request.secrets.add_user_of(call.server);
    if (call.proxy) request.secrets.add_user_of(*call.proxy);
    request.server = "the Gotify server";
    request.shown_url = request.url;
    request.url_property = "server";
    return send_http(request, stop);
}

}  // namespace pmx::notifier
