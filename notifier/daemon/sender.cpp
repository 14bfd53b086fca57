#include "notifier/daemon/sender.h"

#include "base/random.h"
#include "notifier/mail/mail.h"
#include "notifier/render/document.h"
#include "notifier/targets/gotify.h"
#include "notifier/targets/sendmail.h"

namespace pmx::notifier {
namespace {

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

}  // namespace

Outcome Sender::attempt(const StoredDelivery& delivery, const Event& event) {
    return delivery.plan.kind == DeliveryKind::gotify ? gotify(delivery, event)
                                                      : mail(delivery, event);
}

Outcome Sender::mail(const StoredDelivery& delivery, const Event& event) {
    MailMessage message;
    message.from_address = delivery.plan.from;
    message.author = delivery.plan.author;
    message.recipients = delivery.plan.recipients;
    message.subject = event.title;
    message.text = event.body;
    message.html = event.html ? *event.html : html_of(event);
    message.message_id = message_id(event.id, delivery.plan.target, event.node);
    message.timestamp_s = event.timestamp_s;
    BoundarySeed seed{};
    fill_random(seed);
    auto composed = compose(message, seed);
    if (!composed) return Outcome::permanent(composed.error().message());
    SendmailCall call;
    call.program = sendmail_;
    call.from = message.from_address;
    call.recipients = message.recipients;
    call.message = std::move(*composed);
    return send_mail(call, stop_);
}

Outcome Sender::gotify(const StoredDelivery& delivery, const Event& event) {
    const auto loaded = config_.current();
    const Configuration& configuration = loaded->configuration;
    const schema::Target* target = configuration.notifications.find_target(delivery.plan.target);
    const auto* settings =
        target == nullptr ? nullptr : std::get_if<schema::GotifyTarget>(&target->settings);
    if (settings == nullptr) {
        return Outcome::permanent("there is no Gotify target of that name any more");
    }
    GotifyCall call;
    call.server = settings->server;
    call.token = settings->token;
    if (configuration.datacenter.http_proxy) call.proxy = configuration.datacenter.http_proxy->url;
    call.severity = event.severity;
    call.title = event.title;
    call.message = event.body.empty() ? event.title : event.body;
    call.is_markdown = is_markdown(event);
    return send_gotify(call, stop_);
}

}  // namespace pmx::notifier
