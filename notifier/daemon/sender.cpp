#include "notifier/daemon/sender.h"

#include "base/random.h"
#include "notifier/mail/mail.h"
#include "notifier/render/document.h"
#include "notifier/targets/gotify.h"
#include "notifier/targets/sendmail.h"
#include "notifier/targets/smtp.h"
#include "notifier/targets/webhook.h"

namespace pmx::notifier {
namespace {

const std::string cluster_origin = "cluster";

// An event that brought no HTML of its own.
std::string html_of(const Event& event) {
    Document document(event.title);
    document.preformatted(event.body);
    return document.html();
}

bool is_markdown(const Event& event) {
    const auto type = event.fields.find("content-type");
    return type != event.fields.end() && type->second == "text/markdown";
}

// The mail as it is sent, but for the envelope, which is the delivery's.
Result<std::string> message_of(const StoredDelivery& delivery, const Event& event) {
    MailMessage message;
    message.from_address = delivery.plan.from;
    message.author = delivery.plan.author;
    message.recipients = delivery.plan.recipients;
    message.subject = event.title;
    message.text = event.body;
    message.html = event.html ? *event.html : html_of(event);
    // Whichever node sends a cluster's event, the mail is the same one.
    const std::string& origin = event.cluster ? cluster_origin : event.node;
    message.message_id = message_id(event.id, delivery.plan.target, origin);
    message.timestamp_s = event.timestamp_s;
    BoundarySeed seed{};
    fill_random(seed);
    return compose(message, seed);
}

SmtpSecurity security_of(schema::SmtpMode mode) {
    switch (mode) {
        case schema::SmtpMode::insecure:
            return SmtpSecurity::none;
        case schema::SmtpMode::starttls:
            return SmtpSecurity::starttls;
        case schema::SmtpMode::tls:
            return SmtpSecurity::tls;
    }
    return SmtpSecurity::tls;
}

std::string_view method_of(schema::WebhookMethod method) {
    switch (method) {
        case schema::WebhookMethod::post:
            return "POST";
        case schema::WebhookMethod::put:
            return "PUT";
        case schema::WebhookMethod::get:
            return "GET";
    }
    return "POST";
}

std::vector<std::pair<std::string, std::string>> pairs(
    const std::vector<schema::NamedValue>& values) {
    std::vector<std::pair<std::string, std::string>> all;
    for (const schema::NamedValue& value : values)
        all.emplace_back(value.name, value.value);
    return all;
}

// The settings in force of the delivery's target; null where there is none of that kind any more.
template <typename Settings>
const Settings* settings_of(const LoadedConfiguration& loaded, const StoredDelivery& delivery) {
    const schema::Target* target =
        loaded.configuration.notifications.find_target(delivery.plan.target);
    return target == nullptr ? nullptr : std::get_if<Settings>(&target->settings);
}

std::optional<std::string> proxy_of(const LoadedConfiguration& loaded) {
    const auto& proxy = loaded.configuration.datacenter.http_proxy;
    return proxy ? std::optional(proxy->url) : std::nullopt;
}

Outcome no_target(const char* kind) {
    return Outcome::permanent(std::string("there is no ") + kind + " target of that name any more");
}

}  // namespace

Outcome Sender::attempt(const StoredDelivery& delivery, const Event& event) {
    switch (delivery.plan.kind) {
        case DeliveryKind::gotify:
            return gotify(delivery, event);
        case DeliveryKind::smtp:
            return smtp(delivery, event);
        case DeliveryKind::webhook:
            return webhook(delivery, event);
        case DeliveryKind::mail:
        case DeliveryKind::none:
            return mail(delivery, event);
    }
    return Outcome::permanent("a delivery of a kind that this daemon does not know");
}

Outcome Sender::mail(const StoredDelivery& delivery, const Event& event) {
    auto message = message_of(delivery, event);
    if (!message) return Outcome::permanent(message.error().message());
    SendmailCall call;
    call.program = sendmail_;
    call.from = delivery.plan.from;
    call.recipients = delivery.plan.recipients;
    call.message = std::move(*message);
    return send_mail(call, stop_);
}

Outcome Sender::smtp(const StoredDelivery& delivery, const Event& event) {
    const auto loaded = config_.current();
    const auto* settings = settings_of<schema::SmtpTarget>(*loaded, delivery);
    if (settings == nullptr) return no_target("SMTP");
    auto message = message_of(delivery, event);
    if (!message) return Outcome::permanent(message.error().message());
    SmtpCall call;
    call.server = settings->server;
    call.port = settings->port_to_use();
    call.security = security_of(settings->mode);
    if (settings->username) call.login = {*settings->username, settings->password.value_or("")};
    call.from = delivery.plan.from;
    call.recipients = delivery.plan.recipients;
    call.message = std::move(*message);
    return send_smtp(call, stop_);
}

Outcome Sender::gotify(const StoredDelivery& delivery, const Event& event) {
    const auto loaded = config_.current();
    const auto* settings = settings_of<schema::GotifyTarget>(*loaded, delivery);
    if (settings == nullptr) return no_target("Gotify");
    GotifyCall call;
    call.server = settings->server;
    call.token = settings->token;
    call.proxy = proxy_of(*loaded);
    call.severity = event.severity;
    call.title = event.title;
    call.message = event.body.empty() ? event.title : event.body;
    call.is_markdown = is_markdown(event);
    return send_gotify(call, stop_);
}

Outcome Sender::webhook(const StoredDelivery& delivery, const Event& event) {
    const auto loaded = config_.current();
    const auto* settings = settings_of<schema::WebhookTarget>(*loaded, delivery);
    if (settings == nullptr) return no_target("webhook");
    WebhookPush push;
    push.method = method_of(settings->method);
    push.url = settings->url;
    push.headers = pairs(settings->headers);
    push.body = settings->body;
    push.secrets = pairs(settings->secrets);
    push.proxy = proxy_of(*loaded);
    return send_webhook(push, event, stop_);
}

}  // namespace pmx::notifier
