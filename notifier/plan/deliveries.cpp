#include "notifier/plan/deliveries.h"

#include <algorithm>

#include "notifier/plan/filter.h"

namespace pmx::notifier {

namespace {

using schema::Filter;
using schema::in_quotes;
using schema::mail_to_root;
using schema::Target;
using schema::TargetGroup;
using Via = std::optional<std::string>;

Delivery not_delivered(const std::string& target, const Via& via, std::string reason) {
    Delivery delivery;
    delivery.target = target;
    delivery.via = via;
    delivery.reason = std::move(reason);
    return delivery;
}

// What is said of a target that several ways lead to: rather that it is notified, or that it
// should have been, than a decision against it.
int weight(const Delivery& delivery) {
    if (delivery.deliver) return 2;
    return delivery.failed ? 1 : 0;
}

}  // namespace

void Deliveries::add_target(const std::string& name, const std::string& reason) {
    if (name == mail_to_root) return add_root(std::nullopt, reason);
    const Target* target = find(name);
    if (target == nullptr) {
        Delivery delivery = not_delivered(name, std::nullopt, reason + "; it does not exist");
        delivery.failed = true;
        add(std::move(delivery));
        fallback_reason_ = "target " + in_quotes(name) + " does not exist";
        warn(fallback_reason_);
    } else if (const TargetGroup* group = as_group(target)) {
        add_group(*target, *group, reason);
    } else {
        add_one(*target, std::nullopt, reason);
    }
}

void Deliveries::add_mail(const std::string& name, std::string reason, Resolved resolved) {
    add_resolved<Mail>(name, std::nullopt, std::move(reason), std::move(resolved));
}

void Deliveries::add_decision_against(const std::string& name, std::string reason) {
    add(not_delivered(name, std::nullopt, std::move(reason)));
}

void Deliveries::add_last_resort(std::string reason) {
    matcher_.reset();
    add_resolved<Mail>(std::string(mail_to_root), std::nullopt, std::move(reason),
                       resolve_mail_to_root(configuration_, now_s_));
}

bool Deliveries::any_delivered() const {
    return std::any_of(deliveries_.begin(), deliveries_.end(),
                       [](const Delivery& delivery) { return delivery.deliver; });
}

void Deliveries::move_to(Plan& plan) {
    if (!fallback_reason_.empty() && !is_test_) add_last_resort("fallback: " + fallback_reason_);
    plan.deliveries = std::move(deliveries_);
    plan.warnings.insert(plan.warnings.end(), warnings_.begin(), warnings_.end());
}

void Deliveries::add_group(const Target& target, const TargetGroup& group,
                           const std::string& reason) {
    std::string stopped;
    std::string passed = reason;
    if (target.disable && !is_test_) {
        stopped = "group " + in_quotes(target.name) + " is disabled";
    } else if (!passes_filter(target, passed)) {
        stopped = passed;
    }
    bool any_member = false;
    std::set<std::string_view> seen;
    for (const std::string& endpoint : group.endpoints) {
        if (!seen.insert(endpoint).second) continue;
        if (add_member(target.name, endpoint, passed, stopped)) any_member = true;
    }
    if (!any_member && stopped.empty()) {
        fallback_reason_ = "group " + in_quotes(target.name) + " has no member that exists";
    }
}

// Whether there is such a target, not whether it is notified.
bool Deliveries::add_member(const std::string& group, const std::string& endpoint,
                            const std::string& reason, const std::string& stopped) {
    const Target* member = find(endpoint);
    const bool is_root = endpoint == mail_to_root;
    if (!is_root && (member == nullptr || as_group(member) != nullptr)) {
        const std::string why = member == nullptr ? "does not exist" : "is a group itself";
        warn("member " + in_quotes(endpoint) + " of group " + in_quotes(group) + " " + why);
        add(not_delivered(endpoint, group, "it " + why));
        return false;
    }
    if (!stopped.empty()) {
        add(not_delivered(endpoint, group, stopped));
    } else if (is_root) {
        add_root(group, reason);
    } else {
        add_one(*member, group, reason);
    }
    return true;
}

void Deliveries::add_one(const Target& target, const Via& via, std::string reason) {
    if (is_stopped(target, reason)) {
        add(not_delivered(target.name, via, std::move(reason)));
    } else if (const auto* sendmail = std::get_if<schema::SendmailTarget>(&target.settings)) {
        add_resolved<Mail>(target.name, via, std::move(reason),
                           resolve_target(configuration_, *sendmail, now_s_));
    } else if (const auto* smtp = std::get_if<schema::SmtpTarget>(&target.settings)) {
        add_resolved<SmtpMail>(target.name, via, std::move(reason),
                               resolve_target(configuration_, *smtp, now_s_));
    } else {
        Delivery delivery = not_delivered(target.name, via, std::move(reason));
        delivery.deliver = true;
        if (const auto* gotify = std::get_if<schema::GotifyTarget>(&target.settings)) {
            GotifyMessage message{gotify->server, gotify->token, std::nullopt};
            const auto& proxy = configuration_.datacenter.http_proxy;
            if (proxy) message.proxy = proxy->url;
            delivery.means = std::move(message);
        } else {
            delivery.means = WebhookCall{};
        }
        add(std::move(delivery));
    }
}

void Deliveries::add_root(const Via& via, std::string reason) {
    const Target* modified = find(mail_to_root);
    if (modified != nullptr && is_stopped(*modified, reason)) {
        add(not_delivered(modified->name, via, std::move(reason)));
    } else {
        add_resolved<Mail>(std::string(mail_to_root), via, std::move(reason),
                           resolve_mail_to_root(configuration_, now_s_));
    }
}

// Says in `reason` why, and else what the filter said.
bool Deliveries::is_stopped(const Target& target, std::string& reason) {
    if (target.disable && !is_test_) {
        reason = "it is disabled";
        return true;
    }
    return !passes_filter(target, reason);
}

// Says in `reason` what the filter did. A filter that does not exist stops nobody.
bool Deliveries::passes_filter(const Target& target, std::string& reason) {
    if (!target.filter || is_test_) return true;
    const Filter* filter = configuration_.notifications.find_filter(*target.filter);
    if (filter == nullptr) {
        const std::string missing = "filter " + in_quotes(*target.filter) + " does not exist";
        warn(missing + ": " + in_quotes(target.name) + " is notified without it");
        reason += "; " + missing;
        return true;
    }
    if (!passes(*filter, severity_)) {
        reason = explain(*filter, severity_);
        return false;
    }
    reason += "; " + explain(*filter, severity_);
    return true;
}

template <typename MailMeans>
void Deliveries::add_resolved(const std::string& name, const Via& via, std::string reason,
                              Resolved resolved) {
    Delivery delivery = not_delivered(name, via, std::move(reason));
    delivery.skipped = std::move(resolved.skipped);
    if (resolved.mail.recipients.empty()) {
        delivery.failed = true;
        delivery.reason += "; no recipient is left";
        fallback_reason_ = in_quotes(name) + " has no recipient left";
    } else {
        delivery.deliver = true;
        delivery.means = MailMeans{std::move(resolved.mail.from), std::move(resolved.mail.author),
                                   std::move(resolved.mail.recipients)};
    }
    add(std::move(delivery));
}

void Deliveries::warn(std::string warning) {
    if (warned_.insert(warning).second) warnings_.push_back(std::move(warning));
}

void Deliveries::add(Delivery delivery) {
    delivery.matcher = matcher_;
    const auto [found, is_new] = index_of_target_.try_emplace(delivery.target, deliveries_.size());
    if (is_new) {
        deliveries_.push_back(std::move(delivery));
    } else if (weight(delivery) > weight(deliveries_[found->second])) {
        deliveries_[found->second] = std::move(delivery);
    }
}

}  // namespace pmx::notifier
