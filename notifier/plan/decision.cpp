#include "notifier/plan/decision.h"

#include <limits>

#include "schema/values.h"

namespace pmx::notifier {

namespace {

using schema::BackupJob;
using schema::JobPolicy;
using schema::NotificationMode;
using schema::Notify;

std::optional<std::string> field(const Event& event, const std::string& name) {
    const auto found = event.fields.find(name);
    if (found == event.fields.end()) return std::nullopt;
    return found->second;
}

void set_target(Decision& decision, std::string name, std::string reason) {
    decision.target = std::move(name);
    decision.target_reason = std::move(reason);
}

// What the configuration says where the sender names no target.
void set_configured_target(Decision& decision, const Event& event,
                           const std::optional<std::string>& configured) {
    if (configured) {
        set_target(decision, *configured, "target-" + event.type + " in datacenter.cfg");
    }
}

void decide_by_switch(Decision& decision, const Event& event, Notify setting) {
    decision.send = setting != Notify::never;
    decision.reason = event.type + (decision.send ? "=always" : "=never in datacenter.cfg");
}

void decide_package_updates(Decision& decision, const Event& event, Notify setting,
                            const Past& past) {
    decide_by_switch(decision, event, setting);
    if (setting != Notify::automatic) return;
    decision.send = !past.packages_were_reported && field(event, "updates") != "0";
    decision.reason = decision.send ? "package-updates=auto: packages not reported before"
                                    : "package-updates=auto: no package not reported before";
}

void decide_replication(Decision& decision, const Event& event, Notify setting) {
    decide_by_switch(decision, event, setting);
    const auto count = schema::parse_number(field(event, "failure-count").value_or(""),
                                            std::numeric_limits<std::int64_t>::max());
    if (!decision.send || !count || is_told_replication_failure(*count)) return;
    decision.send = false;
    decision.reason =
        "failure " + std::to_string(*count) + " in a row: told are 1, 2, 3, 48, 96, 192...";
}

void decide_by_policy(Decision& decision, const BackupJob& job, bool failed,
                      const std::string& name) {
    switch (job.policy) {
        case JobPolicy::always:
            decision.reason = name + ": policy always";
            break;
        case JobPolicy::never:
            decision.send = false;
            decision.reason = name + ": policy never";
            break;
        case JobPolicy::failure:
            decision.send = failed;
            decision.reason =
                name + ": policy failure, " + (failed ? "and it failed" : "and it did not fail");
            break;
    }
}

void set_job_target(Decision& decision, const BackupJob& job, const std::string& name) {
    const bool is_automatic = job.mode == NotificationMode::automatic;
    if (is_automatic && job.target) {
        set_target(decision, *job.target, "notification-target of " + name);
    } else if (!job.mailto.empty()) {
        decision.mailto_of = &job;
        decision.target_reason = "mailto of " + name;
    } else if (!is_automatic) {
        set_target(decision, std::string(schema::mail_to_root),
                   name + " has notification-mode legacy-sendmail, but no mailto");
    }
}

void decide_backup(Decision& decision, const Configuration& configuration, const Event& event) {
    decision.reason = "backups are always told without a job's policy";
    const std::optional<std::string> id = event.job ? event.job : field(event, "job-id");
    if (!id) return;
    const BackupJob* job = configuration.jobs.find(*id);
    const std::string name = "job '" + *id + "'";
    if (job == nullptr) {
        decision.warnings.push_back(name + " is not in jobs.cfg");
    } else if (job->mode == NotificationMode::notification_system) {
        // Then a job's own policy and recipients are leftovers, for Proxmox as well.
        decision.reason = name + ": notification-mode notification-system";
    } else {
        decide_by_policy(decision, *job, event.severity >= Severity::error, name);
        set_job_target(decision, *job, name);
    }
}

}  // namespace

bool is_told_replication_failure(std::int64_t failure_count) {
    if (failure_count <= 3) return true;
    while (failure_count > 48 && failure_count % 2 == 0)
        failure_count /= 2;
    return failure_count == 48;
}

Decision decide(const Configuration& configuration, const Event& event, const Past& past) {
    const schema::NotifySettings& settings = configuration.datacenter.notify;
    Decision decision;
    if (event.type == event_type::package_updates) {
        decide_package_updates(decision, event, settings.package_updates, past);
        set_configured_target(decision, event, settings.target_package_updates);
    } else if (event.type == event_type::fencing) {
        decide_by_switch(decision, event, settings.fencing);
        set_configured_target(decision, event, settings.target_fencing);
    } else if (event.type == event_type::replication) {
        decide_replication(decision, event, settings.replication);
        set_configured_target(decision, event, settings.target_replication);
    } else if (event.type == event_type::vzdump) {
        decide_backup(decision, configuration, event);
    } else {
        decision.reason = "events of this type are always sent";
    }
    if (event.target) {
        set_target(decision, *event.target, "asked for by the sender");
        decision.mailto_of = nullptr;
    }
    return decision;
}

}  // namespace pmx::notifier
