#include "notifier/cli/vzdump_job.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <sstream>

#include "base/file.h"
#include "base/json.h"
#include "notifier/cli/backup_report.h"

namespace pmx::notifier {
namespace {

using nlohmann::json;

constexpr std::size_t max_state_bytes = 16U << 20;
constexpr std::size_t max_guest_log_bytes = 64U << 10;
constexpr std::size_t max_logs_bytes = 4U << 20;
constexpr std::string_view state_suffix = ".json";

// "100: INFO: ..." for each line, as a report of several guests needs it.
std::string with_guest(const std::string& vmid, const std::string& log) {
    std::string text;
    std::istringstream lines(log);
    for (std::string line; std::getline(lines, line);)
        text += vmid + ": " + line + "\n";
    return text;
}

json guest_row(const json& guest) {
    json row = {{"vmid", text_member(guest, "vmid").value_or("")}};
    for (const char* key : {"name", "filename"})
        if (const std::string value = text_member(guest, key).value_or(""); !value.empty())
            row[key] = value;
    for (const char* key : {"time", "size"})
        if (guest.contains(key))
            row[key] = std::max<std::int64_t>(number_member(guest, key).value_or(0), 0);
    const std::string status = text_member(guest, "status").value_or("");
    row["status"] = status.empty() ? "not finished" : status;
    return row;
}

}  // namespace

VzdumpJob::VzdumpJob(const JobProcess& process, std::int64_t now_s)
    : state_({{"boot", process.boot},
              {"pid", process.pid},
              {"process-started", process.started},
              {"started", now_s},
              {"guests", json::array()},
              {"logs", ""}}) {}

std::optional<VzdumpJob> VzdumpJob::parse(std::string_view text) {
    json state = json::parse(text, nullptr, false);
    if (!state.is_object() || !state.contains("guests") || !state["guests"].is_array()) {
        return std::nullopt;
    }
    return VzdumpJob(std::move(state));
}

std::string VzdumpJob::text() const {
    return compact_text(state_);
}

JobProcess VzdumpJob::process() const {
    return {text_member(state_, "boot").value_or(""),
            static_cast<pid_t>(number_member(state_, "pid").value_or(0)),
            static_cast<std::uint64_t>(number_member(state_, "process-started").value_or(0))};
}

json& VzdumpJob::guest(const std::string& vmid) {
    for (json& guest : state_["guests"])
        if (text_member(guest, "vmid").value_or("") == vmid) return guest;
    state_["guests"].push_back({{"vmid", vmid}});
    return state_["guests"].back();
}

void VzdumpJob::add_log(const std::string& vmid, const std::string& log) {
    std::string bounded = log;
    if (bounded.size() > max_guest_log_bytes) {
        bounded = "[...]\n" + bounded.substr(bounded.size() - max_guest_log_bytes);
    }
    std::string logs = text_member(state_, "logs").value_or("");
    if (logs.size() > max_logs_bytes) return;
    state_["logs"] = logs + (logs.empty() ? "" : "\n") + with_guest(vmid, bounded);
}

void VzdumpJob::take_phase(const std::string& phase, const std::string& vmid,
                           const HookEnvironment& environment, std::int64_t now_s) {
    json& row = guest(vmid);
    if (!environment.guest_name.empty()) row["name"] = environment.guest_name;
    if (phase == "backup-start") {
        row["started"] = now_s;
        row.erase("status");
    } else if (phase == "backup-end" || phase == "backup-abort") {
        row["status"] = phase == "backup-end" ? "ok" : "failed";
        if (row.contains("started"))
            row["time"] = now_s - number_member(row, "started").value_or(0);
        struct stat status {};
        if (!environment.target.empty()) row["filename"] = environment.target;
        if (::stat(environment.target.c_str(), &status) == 0 && S_ISREG(status.st_mode)) {
            row["size"] = status.st_size;
        }
    } else if (phase == "log-end" && !environment.log_file.empty()) {
        add_log(vmid, read_log(environment.log_file));
    }
}

EventRequest VzdumpJob::event(const std::string& error, std::int64_t now_s) const {
    json rows = json::array();
    for (const json& guest : state_["guests"])
        rows.push_back(guest_row(guest));
    json data = {{"guest-table", std::move(rows)},
                 {"total-time",
                  std::max<std::int64_t>(now_s - number_member(state_, "started").value_or(0), 0)}};
    if (const std::string logs = text_member(state_, "logs").value_or(""); !logs.empty()) {
        data["logs"] = bounded_log(logs);
    }
    if (!error.empty()) data["error"] = error;
    const std::string job_id = text_member(state_, "job-id").value_or("");
    EventRequest request =
        backup_event(data, job_id.empty() ? std::nullopt : std::optional(job_id));
    // One process may run several jobs, one after the other.
    request.id = "vzdump-" + to_string(process()) + "-" +
                 std::to_string(number_member(state_, "started").value_or(0));
    return request;
}

std::string VzdumpJobs::path(const JobProcess& process) const {
    return directory_ + "/" + to_string(process) + std::string(state_suffix);
}

Result<std::optional<VzdumpJob>> VzdumpJobs::find(const JobProcess& process) const {
    const auto text = read_file(path(process), max_state_bytes);
    if (text) return VzdumpJob::parse(*text);
    if (text.error().code() == Code::not_found) return std::nullopt;
    return fail(text.error());
}

Result<void> VzdumpJobs::save(const VzdumpJob& job) const {
    if (::mkdir(directory_.c_str(), 0700) != 0 && errno != EEXIST) {
        return fail_errno(errno, "cannot create " + directory_);
    }
    return replace_file(path(job.process()), job.text(), 0600);
}

Result<void> VzdumpJobs::remove(const JobProcess& process) const {
    const std::string name = path(process);
    if (::unlink(name.c_str()) == 0 || errno == ENOENT) return {};
    return fail_errno(errno, "cannot remove " + name);
}

std::vector<VzdumpJob> VzdumpJobs::all() const {
    std::vector<VzdumpJob> jobs;
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(::opendir(directory_.c_str()), ::closedir);
    if (!listing) return jobs;
    while (const dirent* entry = ::readdir(listing.get())) {
        const std::string name = entry->d_name;
        if (!name.ends_with(state_suffix)) continue;
        const auto text = read_file(directory_ + "/" + name, max_state_bytes);
        if (!text) continue;
        // A name that is not the content's own would never be removed.
        auto job = VzdumpJob::parse(*text);
        if (job && path(job->process()) == directory_ + "/" + name) jobs.push_back(std::move(*job));
    }
    return jobs;
}

}  // namespace pmx::notifier
