// A backup job as vzdump's hook sees it go by, kept on disk between its phases.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "notifier/cli/job_process.h"
#include "notifier/render/event_request.h"

namespace pmx::notifier {

// What vzdump hands to its hook in the environment; empty where it does not.
struct HookEnvironment {
    std::string guest_name;  // HOSTNAME
    std::string target;      // TARGET, or TARFILE of old releases
    std::string log_file;    // LOGFILE
};

class VzdumpJob {
  public:
    VzdumpJob(const JobProcess& process, std::int64_t now_s);
    // What save() wrote; nothing where it cannot be understood.
    static std::optional<VzdumpJob> parse(std::string_view text);
    [[nodiscard]] std::string text() const;

    // One phase of one guest: backup-start, backup-end, backup-abort, log-end. Others do nothing.
    void take_phase(const std::string& phase, const std::string& vmid,
                    const HookEnvironment& environment, std::int64_t now_s);
    void set_job_id(const std::string& id) { state_["job-id"] = id; }

    [[nodiscard]] JobProcess process() const;
    // `error` is what stopped the job as a whole, or empty. The same job is the same event.
    [[nodiscard]] EventRequest event(const std::string& error, std::int64_t now_s) const;

  private:
    explicit VzdumpJob(nlohmann::json state) : state_(std::move(state)) {}
    nlohmann::json& guest(const std::string& vmid);
    void add_log(const std::string& vmid, const std::string& log);

    nlohmann::json state_;
};

// The files of jobs that have begun and were not reported.
class VzdumpJobs {
  public:
    explicit VzdumpJobs(std::string directory) : directory_(std::move(directory)) {}

    [[nodiscard]] Result<std::optional<VzdumpJob>> find(const JobProcess& process) const;
    [[nodiscard]] Result<void> save(const VzdumpJob& job) const;
    [[nodiscard]] Result<void> remove(const JobProcess& process) const;
    [[nodiscard]] std::vector<VzdumpJob> all() const;

  private:
    [[nodiscard]] std::string path(const JobProcess& process) const;
    const std::string directory_;
};

}  // namespace pmx::notifier
