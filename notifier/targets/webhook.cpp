#include "notifier/targets/webhook.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/result.h"
#include "notifier/mail/encode.h"
#include "notifier/render/template_helpers.h"
#include "notifier/targets/http.h"

namespace pmx::notifier {
namespace {

using nlohmann::json;

constexpr std::size_t max_line_bytes = 16U << 10;  // of a URL or a header
constexpr std::size_t max_sent_bytes = 8U << 20;

json data_of(const WebhookPush& push, const Event& event) {
    json fields = json::object();
    for (const auto& [name, value] : event.fields)
        fields[name] = clean_text(value);
    json secrets = json::object();
    for (const auto& [name, value] : push.secrets)
        secrets[name] = value;
    fields["type"] = event.type;
    return {{"title", clean_line(event.title)},
            {"message", clean_text(event.body.empty() ? event.title : event.body)},
            {"severity", to_string(event.severity)},
            {"timestamp", event.timestamp_s},
            {"fields", fields},
            {"secrets", secrets}};
}

Result<std::string> rendered(const std::string& what, const std::string& text, const json& data,
                             std::size_t max_bytes) {
    auto parsed = Template::parse(text);
    if (!parsed) return fail(parsed.error().while_doing(what));
    auto out = parsed->render(data, {text_helpers(), nullptr, max_bytes});
    if (!out) return fail(out.error().while_doing(what));
    return out;
}

// Scheme and host. Without a path they are no secret, but for the user.
std::string origin_of(const std::string& url) {
    const std::size_t host = url.find("://");
    if (host == std::string::npos) return "the URL";
    const std::string authority =
        url.substr(host + 3, url.find_first_of("/?#", host + 3) - host - 3);
    const std::size_t at = authority.rfind('@');
    return url.substr(0, host + 3) +
           (at == std::string::npos ? authority : authority.substr(at + 1));
}

bool is_same_word(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return lower(x) == lower(y); });
}

// How long the body is, the transfer says by itself; another word on it could only be wrong.
bool is_ours(std::string_view name) {
    return is_same_word(name, "Content-Length") || is_same_word(name, "Transfer-Encoding");
}

// A header or path with a token written into it is a secret as one in `secrets` is.
void hide(Secrets& secrets, const WebhookPush& push, const HttpRequest& request) {
    for (const auto& [name, value] : push.secrets)
        secrets.add(value);
    for (const auto& [name, value] : request.headers) {
        // Too short to be one; it would only make other words unreadable.
        if (is_same_word(name, "Content-Type") || value.size() < 8) continue;
        secrets.add(value);
        secrets.add(value.substr(value.rfind(' ') + 1));
    }
    const std::size_t host = request.url.find("://");
    const std::size_t path =
        host == std::string::npos ? host : request.url.find_first_of("/?#", host + 3);
    if (path != std::string::npos && path + 1 < request.url.size()) {
        secrets.add(request.url.substr(path));
    }
    secrets.add_user_of(request.url);
    if (push.proxy) secrets.add_user_of(*push.proxy);
}

Result<HttpRequest> request_of(const WebhookPush& push, const Event& event) {
    const json data = data_of(push, event);
    HttpRequest request;
    request.method = push.method;
    auto url = rendered("url", push.url, data, max_line_bytes);
    if (!url) return fail(url.error());
    request.url = std::move(*url);
    for (const auto& [name, text] : push.headers) {
        auto value = rendered("header '" + name + "'", text, data, max_line_bytes);
        if (!value) return fail(value.error());
        if (!is_ours(name)) request.headers.emplace_back(name, std::move(*value));
    }
    auto body = rendered("body", push.body, data, max_sent_bytes);
    if (!body) return fail(body.error());
    request.body = std::move(*body);
    return request;
}

}  // namespace

Outcome send_webhook(const WebhookPush& push, const Event& event, const StopSignal& stop) {
    auto request = request_of(push, event);
    if (!request) return Outcome::permanent(request.error().message());
    request->proxy = push.proxy;
    request->server = "the server";
    request->shown_url = origin_of(request->url);
    request->url_property = "url";
    hide(request->secrets, push, *request);
    return send_http(*request, stop);
}

}  // namespace pmx::notifier
