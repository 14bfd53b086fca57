// vzdump-hook: what vzdump's --script calls in each phase of a job. One event a job, when it ends.
//
// Whatever goes wrong here is said on standard error, which is the backup's log: a hook that fails
// would stop the backup.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <iostream>

#include "notifier/cli/commands.h"
#include "notifier/cli/producers.h"
#include "notifier/cli/spool_file.h"
#include "notifier/cli/submit.h"
#include "notifier/cli/vzdump_job.h"

namespace pmx::notifier {
namespace {

constexpr std::array guest_phases = {"backup-start", "backup-end", "backup-abort", "log-end"};

constexpr const char* no_end = "the job ended without saying so: it was killed";

std::string hook_variable(const char* name) {
    const char* value = ::getenv(name);
    return value == nullptr ? "" : value;
}

HookEnvironment hook_environment() {
    const std::string target = hook_variable("TARGET");
    return {hook_variable("HOSTNAME"), target.empty() ? hook_variable("TARFILE") : target,
            hook_variable("LOGFILE")};
}

// Beside the spool: it outlives a restart of the machine, and a job that did not.
Result<VzdumpJobs> jobs_of(const std::string& run) {
    const auto spool = spool_directory(run);
    if (!spool) return fail(spool.error());
    return VzdumpJobs(*spool + "/../vzdump");
}

Result<void> send(const CommonOptions& common, const VzdumpJobs& jobs, const VzdumpJob& job,
                  const std::string& error) {
    EventRequest request = job.event(error, ::time(nullptr));
    request.timestamp_s = ::time(nullptr);
    const auto submitted = submit(common.run, request, common.act_as);
    // Kept where it could not be sent: the next job tries again.
    if (!submitted) return fail(submitted.error());
    return jobs.remove(job.process());
}

// Jobs that were killed, or went down with the machine.
void send_orphans(const CommonOptions& common, const VzdumpJobs& jobs) {
    for (const VzdumpJob& job : jobs.all()) {
        if (is_running(job.process())) continue;
        auto sent = send(common, jobs, job, no_end);
        if (!sent) report(sent.error());
    }
}

Result<void> take_phase(const CommonOptions& common, const std::optional<std::string>& job_id,
                        const std::vector<std::string>& operands) {
    const auto jobs = jobs_of(common.run);
    if (!jobs) return fail(jobs.error());
    const std::string& phase = operands.front();
    const CallingJob calling = calling_job();
    const bool begins = phase == "job-init" || phase == "job-start";
    if (phase == "job-init") send_orphans(common, *jobs);
    auto known = jobs->find(calling.process);
    if (!known) return fail(known.error());
    if (phase == "job-init" && *known) {
        // An earlier job of the same process.
        if (auto sent = send(common, *jobs, **known, no_end); !sent) report(sent.error());
        known->reset();
    }
    if (phase == "job-end" || phase == "job-abort") {
        if (!*known) return {};
        return send(common, *jobs, **known, phase == "job-end" ? "" : "the job was aborted");
    }
    const bool of_guest =
        std::find(guest_phases.begin(), guest_phases.end(), phase) != guest_phases.end();
    if (!begins && !of_guest) return {};
    if (of_guest && operands.size() < 3) {
        return fail(Code::invalid_argument, phase + " comes with a mode and a guest");
    }
    VzdumpJob job = *known ? std::move(**known) : VzdumpJob(calling.process, ::time(nullptr));
    if (const auto& id = job_id ? job_id : calling.job_id) job.set_job_id(*id);
    if (of_guest) job.take_phase(phase, operands[2], hook_environment(), ::time(nullptr));
    return jobs->save(job);
}

}  // namespace

int run_vzdump_hook(const Subcommand& self, const CommonOptions& common,
                    const std::vector<std::string>& words) {
    boost::program_options::options_description options("Options");
    options.add_options()("job", text_option("ID"),
                          "the backup job of jobs.cfg (default: vzdump's --job-id)")(
        "orphans", "report the jobs that ended without saying so, and nothing else");
    const auto parsed = parse_words(self, common, words, options);
    if (!parsed) return report(parsed.error()), exit_done;
    if (!*parsed) return exit_done;
    const CommonOptions& own = (*parsed)->common;
    if ((*parsed)->has("orphans")) {
        const auto jobs = jobs_of(own.run);
        if (!jobs) return report(jobs.error());
        send_orphans(own, *jobs);
        return exit_done;
    }
    if ((*parsed)->operands.empty()) {
        report(Error(Code::invalid_argument, "vzdump-hook: which phase?"));
        return exit_done;
    }
    auto taken = take_phase(own, (*parsed)->text("job"), (*parsed)->operands);
    if (!taken) report(taken.error());
    return exit_done;
}

}  // namespace pmx::notifier
