#include "notifier/plan/recipients.h"

#include <set>

#include "schema/mail_address.h"

namespace pmx::notifier {

namespace {

class Resolver {
  public:
    Resolver(const Configuration& configuration, std::int64_t now_s)
        : configuration_(configuration), now_s_(now_s) {
        resolved_.mail.from = default_from();
        resolved_.mail.author = configuration.default_author;
    }

    // The first spelling of an address stays.
    void add_address(const std::string& address) {
        if (seen_.insert(schema::mail_address_key(address)).second) {
            resolved_.mail.recipients.push_back(address);
        }
    }

    void add_user(const std::string& user) {
        if (auto why = schema::why_no_mail(configuration_.users, user, now_s_)) {
            if (skipped_.insert(user).second) resolved_.skipped.push_back({user, std::move(*why)});
        } else {
            add_address(configuration_.users.users.find(user)->second.email);
        }
    }

    void add(const std::vector<schema::Recipient>& recipients) {
        for (const schema::Recipient& recipient : recipients) {
            if (recipient.is_user) {
                add_user(recipient.name);
            } else {
                add_address(recipient.name);
            }
        }
    }

    void set_sender(const std::optional<std::string>& from,
                    const std::optional<std::string>& author) {
        if (from) resolved_.mail.from = *from;
        if (author) resolved_.mail.author = *author;
    }

    Resolved& result() { return resolved_; }

  private:
    std::string default_from() const {
        if (configuration_.datacenter.email_from) return *configuration_.datacenter.email_from;
        const std::string& hostname = configuration_.hostname;
        return "root@" + (hostname.empty() ? "localhost" : hostname);
    }

    const Configuration& configuration_;
    std::int64_t now_s_;
    std::set<std::string> seen_;
    std::set<std::string> skipped_;
    Resolved resolved_;
};

}  // namespace

Resolved resolve_target(const Configuration& configuration, const schema::SendmailTarget& target,
                        std::int64_t now_s) {
    Resolver resolver(configuration, now_s);
    resolver.add(target.recipients);
    resolver.set_sender(target.from_address, target.author);
    return std::move(resolver.result());
}

Resolved resolve_target(const Configuration& configuration, const schema::SmtpTarget& target,
                        std::int64_t now_s) {
    Resolver resolver(configuration, now_s);
    resolver.add(target.recipients);
    resolver.set_sender(target.from_address, target.author);
    return std::move(resolver.result());
}

Resolved resolve_job(const Configuration& configuration, const schema::BackupJob& job,
                     std::int64_t now_s) {
    Resolver resolver(configuration, now_s);
    for (const std::string& entry : job.mailto) {
        if (configuration.users.users.contains(entry) || entry == schema::root_user ||
            !schema::is_mail_address(entry)) {
            resolver.add_user(entry);
        } else {
            resolver.add_address(entry);
        }
    }
    return std::move(resolver.result());
}

Resolved resolve_mail_to_root(const Configuration& configuration, std::int64_t now_s) {
    Resolver resolver(configuration, now_s);
    const schema::Target* section = configuration.notifications.find_target(schema::mail_to_root);
    if (section != nullptr) {
        const auto& modified = std::get<schema::SendmailTarget>(section->settings);
        resolver.add(modified.recipients);
        resolver.set_sender(modified.from_address, modified.author);
    }
    if (resolver.result().mail.recipients.empty()) {
        resolver.add_user(std::string(schema::root_user));
    }
    if (resolver.result().mail.recipients.empty()) resolver.add_address("root");
    return std::move(resolver.result());
}

std::optional<Resolved> resolve_target(const Configuration& configuration, std::string_view name,
                                       std::int64_t now_s) {
    if (name == schema::mail_to_root) return resolve_mail_to_root(configuration, now_s);
    const schema::Target* target = configuration.notifications.find_target(name);
    if (target == nullptr) return std::nullopt;
    if (const auto* sendmail = std::get_if<schema::SendmailTarget>(&target->settings)) {
        return resolve_target(configuration, *sendmail, now_s);
    }
    if (const auto* smtp = std::get_if<schema::SmtpTarget>(&target->settings)) {
        return resolve_target(configuration, *smtp, now_s);
    }
    return std::nullopt;
}

}  // namespace pmx::notifier
