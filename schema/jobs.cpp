#include "schema/jobs.h"

#include <algorithm>

#include "schema/section_config.h"
#include "schema/section_rules.h"

namespace pmx::schema {

namespace {

const TypeRule& backup_rule() {
    static const TypeRule rule{
        .type = "vzdump",
        .properties = {{.key = "notification-policy",
                        .kind = ValueKind::one_of,
                        .words = {"always", "failure", "never"}},
                       {.key = "mailnotification",
                        .kind = ValueKind::one_of,
                        .words = {"always", "failure"}},
                       {.key = "notification-mode",
                        .kind = ValueKind::one_of,
                        .words = {"auto", "legacy-sendmail", "notification-system"}},
                       {.key = "notification-target", .kind = ValueKind::section_id},
                       {.key = "mailto", .kind = ValueKind::address_or_user_list, .list = true},
                       {.key = "enabled", .kind = ValueKind::boolean},
                       {.key = "comment"}},
        .others_allowed = true};
    return rule;
}

JobPolicy policy_of(const Properties& properties) {
    const auto policy = properties.text("notification-policy");
    const std::string word =
        policy.value_or(properties.text("mailnotification").value_or("always"));
    if (word == "failure") return JobPolicy::failure;
    return word == "never" ? JobPolicy::never : JobPolicy::always;
}

NotificationMode mode_of(const Properties& properties) {
    const std::string mode = properties.text("notification-mode").value_or("auto");
    if (mode == "legacy-sendmail") return NotificationMode::legacy_sendmail;
    return mode == "notification-system" ? NotificationMode::notification_system
                                         : NotificationMode::automatic;
}

BackupJob make_backup(const Section& section, const Properties& properties) {
    BackupJob job;
    job.id = section.id;
    job.enabled = properties.boolean("enabled", true);
    job.mode = mode_of(properties);
    job.policy = policy_of(properties);
    job.target = properties.text("notification-target");
    for (const Property* list : properties.all("mailto")) {
        for (std::string& item : split_list(list->value))
            job.mailto.push_back(std::move(item));
    }
    job.comment = properties.text("comment").value_or("");
    return job;
}

}  // namespace

const BackupJob* Jobs::find(std::string_view id) const {
    const auto found = std::find_if(backups.begin(), backups.end(),
                                    [id](const BackupJob& job) { return job.id == id; });
    return found == backups.end() ? nullptr : &*found;
}

ParsedJobs parse_jobs(std::string_view text) {
    const Document document = Document::parse(std::string(jobs_file), text);
    ParsedJobs parsed;
    parsed.problems = document.problems();
    parsed.states.any_may_be_missing = document.sections_may_be_missing();
    for (const Section& section : document.sections()) {
        if (section.type != backup_rule().type) continue;
        bool good = section.good;
        const auto report = [&](int line, const std::string& reason) {
            good = false;
            parsed.problems.push_back(
                {document.file(), line, "vzdump '" + section.id + "': " + reason});
        };
        const CheckedSection checked =
            check_section(backup_rule(), section, FilePart::shared, report);
        if (good) {
            parsed.values.backups.push_back(make_backup(section, checked.right));
            parsed.states.good[section.id] = {document.section_text(section), ""};
        } else {
            parsed.states.broken.insert(section.id);
        }
    }
    std::stable_sort(parsed.problems.begin(), parsed.problems.end(),
                     [](const Problem& a, const Problem& b) { return a.line < b.line; });
    return parsed;
}

ParsedJobs unreadable_jobs(std::string reason) {
    ParsedJobs parsed;
    parsed.problems.push_back({std::string(jobs_file), 0, std::move(reason)});
    parsed.states.any_may_be_missing = true;
    return parsed;
}

JobsInForce in_force(const ParsedJobs& parsed, const GoodSections& last_good) {
    JobsInForce result{parsed.values, merge_last_good(parsed.states, last_good)};
    for (auto section = result.good.begin(); section != result.good.end();) {
        const auto& [id, texts] = *section;
        if (!parsed.states.good.contains(id)) {
            ParsedJobs before = parse_jobs(texts.text);
            if (before.values.backups.size() != 1 || before.values.backups.front().id != id) {
                section = result.good.erase(section);  // what was kept is damaged
                continue;
            }
            result.values.backups.push_back(std::move(before.values.backups.front()));
        }
        ++section;
    }
    return result;
}

}  // namespace pmx::schema
