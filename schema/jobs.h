// jobs.cfg: what backup jobs say about notifications. Everything else in it is somebody else's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/last_good.h"
#include "schema/problem.h"

namespace pmx::schema {

inline constexpr std::string_view jobs_file = "jobs.cfg";

enum class JobPolicy : std::uint8_t { always, failure, never };

// Of Proxmox VE since 8.1. automatic: legacy_sendmail where there is a mailto, else
// notification_system.
enum class NotificationMode : std::uint8_t { automatic, legacy_sendmail, notification_system };

struct BackupJob {
    std::string id;
    bool enabled = true;
    NotificationMode mode = NotificationMode::automatic;
    JobPolicy policy = JobPolicy::always;  // notification-policy, else the old mailnotification
    std::optional<std::string> target;     // notification-target
    std::vector<std::string> mailto;       // addresses or user ids, in the order of the file
    std::string comment;
};

struct Jobs {
    std::vector<BackupJob> backups;  // in the order of the file

    [[nodiscard]] const BackupJob* find(std::string_view id) const;
};

struct ParsedJobs {
    Jobs values;  // of the sections that are right
    std::vector<Problem> problems;
    SectionStates states;
};

ParsedJobs parse_jobs(std::string_view text);
// Where the file could not be read at all: nothing counts as removed, `reason` is the problem.
ParsedJobs unreadable_jobs(std::string reason);

struct JobsInForce {
    Jobs values;
    GoodSections good;  // to keep, and to hand in the next time
};

JobsInForce in_force(const ParsedJobs& parsed, const GoodSections& last_good);

}  // namespace pmx::schema
