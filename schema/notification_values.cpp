#include "schema/notification_values.h"

#include "base/base64.h"
#include "base/check.h"
#include "schema/values.h"

namespace pmx::schema {

namespace {

// In the order of the file, mailto and mailto-user as they come.
std::vector<Recipient> recipients_of(const Section& section) {
    std::vector<Recipient> recipients;
    for (const Property& property : section.properties) {
        if (property.key == "mailto") recipients.push_back({false, property.value});
        if (property.key == "mailto-user") recipients.push_back({true, property.value});
    }
    return recipients;
}

SendmailTarget make_sendmail(const Section& section, const Properties& properties) {
    return {recipients_of(section), properties.text("from-address"), properties.text("author")};
}

SmtpTarget make_smtp(const Section& section, const Properties& shared, const Properties& secret) {
    SmtpTarget target;
    target.recipients = recipients_of(section);
    target.from_address = shared.text("from-address").value_or("");
    target.author = shared.text("author");
    target.server = parse_host(shared.text("server").value_or("")).value_or("");
    if (const auto port = shared.text("port")) {
        target.port = static_cast<std::uint16_t>(parse_number(*port, 65535).value_or(0));
    }
    const std::string mode = shared.text("mode").value_or("tls");
    if (mode == "insecure") target.mode = SmtpMode::insecure;
    if (mode == "starttls") target.mode = SmtpMode::starttls;
    target.username = shared.text("username");
    target.password = secret.text("password");
    return target;
}

GotifyTarget make_gotify(const Properties& shared, const Properties& secret) {
    return {parse_base_url(shared.text("server").value_or("")).value_or(""),
            secret.text("token").value_or("")};
}

std::vector<NamedValue> named_values(const Properties& properties, std::string_view key) {
    std::vector<NamedValue> values;
    for (const std::string& text : properties.texts(key)) {
        auto written = parse_named_value(text);
        PMX_CHECK(written.has_value(), "a value that was checked is not right");
        values.push_back({std::move(written->name), std::move(written->value).value_or("")});
    }
    return values;
}

WebhookTarget make_webhook(const Properties& shared, const Properties& secret) {
    WebhookTarget target;
    target.url = shared.text("url").value_or("");
    const std::string method = shared.text("method").value_or("post");
    if (method == "put") target.method = WebhookMethod::put;
    if (method == "get") target.method = WebhookMethod::get;
    target.headers = named_values(shared, "header");
    target.body = decode_base64(shared.text("body").value_or("")).value_or("");
    target.secrets = named_values(secret, "secret");
    return target;
}

std::optional<QuietHours> make_quiet_hours(const Properties& properties) {
    QuietHours hours;
    for (const std::string& text : properties.texts("quiet-hours")) {
        if (const auto range = CalendarRange::parse(text)) hours.ranges.push_back(*range);
    }
    if (hours.ranges.empty()) return std::nullopt;
    return hours;
}

template <typename Rule>
std::vector<Rule> rules(const Properties& properties, std::string_view key) {
    std::vector<Rule> all;
    for (const std::string& text : properties.texts(key)) {
        if (auto rule = Rule::parse(text)) all.push_back(std::move(*rule));
    }
    return all;
}

}  // namespace

Target make_target(const Section& section, const Properties& shared, const Properties& secret) {
    Target target;
    target.name = section.id;
    target.line = section.line;
    target.filter = shared.text("filter");
    target.comment = shared.text("comment").value_or("");
    target.disable = shared.boolean("disable", false);
    target.quiet_hours = make_quiet_hours(shared);
    target.quiet_hours_hold_errors = shared.boolean("quiet-hours-errors", false);
    if (const auto most = shared.text("max-per-hour")) {
        target.max_per_hour =
            static_cast<std::uint32_t>(parse_number(*most, max_count).value_or(1));
    }
    if (section.type == "gotify") {
        target.settings = make_gotify(shared, secret);
    } else if (section.type == "smtp") {
        target.settings = make_smtp(section, shared, secret);
    } else if (section.type == "webhook") {
        target.settings = make_webhook(shared, secret);
    } else if (section.type == group_type) {
        target.settings = TargetGroup{shared.texts("endpoint")};
    } else {
        target.settings = make_sendmail(section, shared);
    }
    return target;
}

Filter make_filter(const Section& section, const Properties& properties) {
    Filter filter;
    filter.name = section.id;
    filter.line = section.line;
    filter.min_severity = parse_severity_name(properties.text("min-severity").value_or(""));
    if (properties.text("mode") == "or") filter.mode = FilterMode::any;
    filter.invert_match = properties.boolean("invert-match", false);
    filter.comment = properties.text("comment").value_or("");
    return filter;
}

Matcher make_matcher(const Section& section, const Properties& properties) {
    Matcher matcher;
    matcher.name = section.id;
    matcher.line = section.line;
    matcher.fields = rules<FieldRule>(properties, "match-field");
    matcher.severities = rules<SeverityRule>(properties, "match-severity");
    matcher.calendar = rules<CalendarRule>(properties, "match-calendar");
    if (properties.text("mode") == "any") matcher.mode = FilterMode::any;
    matcher.invert_match = properties.boolean("invert-match", false);
    matcher.targets = properties.texts("target");
    matcher.comment = properties.text("comment").value_or("");
    matcher.disable = properties.boolean("disable", false);
    return matcher;
}

Expectation make_expectation(const Section& section, const Properties& properties) {
    Expectation expectation;
    expectation.name = section.id;
    expectation.line = section.line;
    expectation.type = properties.text("type").value_or("");
    expectation.fields = rules<FieldRule>(properties, "match-field");
    expectation.within_s = parse_duration_s(properties.text("within").value_or("")).value_or(0);
    expectation.target = properties.text("target");
    expectation.comment = properties.text("comment").value_or("");
    expectation.disable = properties.boolean("disable", false);
    return expectation;
}

}  // namespace pmx::schema
