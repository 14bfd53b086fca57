// Which types of sections notifications.cfg has, and what each may hold.
#include "schema/notifications.h"

namespace pmx::schema {

namespace {

using PropertyRules = std::vector<PropertyRule>;

PropertyRules joined(PropertyRules all, const PropertyRules& more) {
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

// Every section may have these. Proxmox's own API knows an `origin` that it works out itself.
PropertyRules with_common(PropertyRules own) {
    return joined(std::move(own), {{.key = "comment"}, {.key = "origin"}});
}

PropertyRule disable() {
    return {.key = "disable", .kind = ValueKind::boolean};
}

// What any target that sends has.
PropertyRules of_sender(PropertyRules own) {
    return with_common(joined(
        std::move(own), {{.key = "filter", .kind = ValueKind::section_id},
                         {.key = "quiet-hours", .kind = ValueKind::calendar_range, .list = true},
                         {.key = "quiet-hours-errors", .kind = ValueKind::boolean},
                         {.key = "max-per-hour", .kind = ValueKind::count},
                         disable()}));
}

PropertyRules of_mail(bool needs_from, const PropertyRules& own) {
    return of_sender(
        joined({{.key = "mailto", .kind = ValueKind::address, .list = true},
                {.key = "mailto-user", .kind = ValueKind::user_id, .list = true},
                {.key = "from-address", .kind = ValueKind::address, .required = needs_from},
                {.key = "author", .kind = ValueKind::name}},
               own));
}

TypeRule smtp_rules() {
    return {
        .type = "smtp",
        .properties = of_mail(
            true,
            {{.key = "server", .kind = ValueKind::host, .required = true},
             {.key = "port", .kind = ValueKind::port},
             {.key = "mode", .kind = ValueKind::one_of, .words = {"insecure", "starttls", "tls"}},
             {.key = "username", .kind = ValueKind::name},
             {.key = "password", .kind = ValueKind::name, .secret = true}}),
        .at_least_one_of = {"mailto", "mailto-user"}};
}

TypeRule webhook_rules() {
    return {
        .type = "webhook",
        .properties = of_sender(
            {{.key = "url", .kind = ValueKind::webhook_url, .required = true},
             {.key = "method",
              .kind = ValueKind::one_of,
              .required = true,
              .words = {"post", "put", "get"}},
             {.key = "header", .kind = ValueKind::header, .list = true},
             {.key = "body", .kind = ValueKind::base64},
             {.key = "secret", .kind = ValueKind::secret_name, .list = true},
             {.key = "secret", .kind = ValueKind::secret_value, .list = true, .secret = true}})};
}

TypeRule matcher_rules() {
    return {.type = "matcher",
            .properties = with_common(
                {{.key = "match-field", .kind = ValueKind::field_rule, .list = true},
                 {.key = "match-severity", .kind = ValueKind::severity_rule, .list = true},
                 {.key = "match-calendar", .kind = ValueKind::calendar_range, .list = true},
                 {.key = "mode", .kind = ValueKind::one_of, .words = {"all", "any"}},
                 {.key = "invert-match", .kind = ValueKind::boolean},
                 {.key = "target", .kind = ValueKind::section_id, .list = true},
                 disable()})};
}

TypeRule expect_rules() {
    return {.type = "expect",
            .properties =
                with_common({{.key = "type", .kind = ValueKind::event_type, .required = true},
                             {.key = "match-field", .kind = ValueKind::field_rule, .list = true},
                             {.key = "within", .kind = ValueKind::duration, .required = true},
                             {.key = "target", .kind = ValueKind::section_id},
                             disable()})};
}

TypeRule group_rules() {
    return {.type = "group",
            .properties = with_common(
                {{.key = "endpoint", .kind = ValueKind::section_id, .required = true, .list = true},
                 {.key = "filter", .kind = ValueKind::section_id},
                 disable()})};
}

TypeRule filter_rules() {
    return {.type = "filter",
            .properties =
                with_common({{.key = "min-severity",
                              .kind = ValueKind::one_of,
                              .words = {"info", "notice", "warning", "error"}},
                             {.key = "mode", .kind = ValueKind::one_of, .words = {"and", "or"}},
                             {.key = "invert-match", .kind = ValueKind::boolean}})};
}

}  // namespace

const std::vector<TypeRule>& notification_types() {
    static const std::vector<TypeRule> types = {
        {.type = "sendmail",
         .properties = of_mail(false, {}),
         .at_least_one_of = {"mailto", "mailto-user"}},
        smtp_rules(),
        {.type = "gotify",
         .properties = of_sender(
             {{.key = "server", .kind = ValueKind::base_url, .required = true},
              {.key = "token", .kind = ValueKind::token, .required = true, .secret = true}})},
        webhook_rules(),
        group_rules(),
        filter_rules(),
        matcher_rules(),
        expect_rules(),
    };
    return types;
}

}  // namespace pmx::schema
