// Whether an event is sent at all, and where to: what datacenter.cfg, jobs.cfg and the sender say.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "notifier/plan/plan.h"

namespace pmx::notifier {

struct Decision {
    bool send = true;
    std::string reason;                            // why it is sent, or not
    std::optional<std::string> target;             // without one the matchers decide
    const schema::BackupJob* mailto_of = nullptr;  // the mail goes to this job's own list
    std::string target_reason;
    std::vector<std::string> warnings;
};

// The result refers to the configuration.
Decision decide(const Configuration& configuration, const Event& event, const Past& past);

// Failures of a replication job are told 1, 2, 3, then 48, 96, 192... times in a row.
bool is_told_replication_failure(std::int64_t failure_count);

}  // namespace pmx::notifier
