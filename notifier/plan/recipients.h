// Who gets a mail, and from whom it comes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "notifier/plan/plan.h"

namespace pmx::notifier {

struct Resolved {
    Mail mail;  // recipients may be empty
    std::vector<SkippedUser> skipped;
};

Resolved resolve_target(const Configuration& configuration, const schema::SendmailTarget& target,
                        std::int64_t now_s);
Resolved resolve_target(const Configuration& configuration, const schema::SmtpTarget& target,
                        std::int64_t now_s);
// An entry that is a user of users.cfg is that user's address; else it is an address itself.
Resolved resolve_job(const Configuration& configuration, const schema::BackupJob& job,
                     std::int64_t now_s);
// Whom a section that modifies it names; without one, or where none of those is left, root@pam's
// address where it can be used, else the local user `root`: never empty.
Resolved resolve_mail_to_root(const Configuration& configuration, std::int64_t now_s);
// Of the target of that name; nothing where it is none that sends mails.
std::optional<Resolved> resolve_target(const Configuration& configuration, std::string_view name,
                                       std::int64_t now_s);

}  // namespace pmx::notifier
