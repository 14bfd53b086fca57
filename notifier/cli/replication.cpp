// replication-failed and replication-ok: the failures in a row are counted in the store, so that
// the count goes on when another node runs the job.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json.h"
#include "notifier/cli/commands.h"
#include "notifier/cli/producers.h"
#include "notifier/cli/submit.h"
#include "notifier/mail/encode.h"

namespace pmx::notifier {
namespace {

namespace po = boost::program_options;
using nlohmann::json;

constexpr std::size_t max_counter_bytes = 64;
constexpr std::size_t max_error_bytes = 256U << 10;

// priv/notify/replication/JOB of the configuration: the number, and a newline.
class FailureCounter {
  public:
    FailureCounter(const std::string& run, const std::string& job)
        : root_(run + "/config"),
          directory_(root_ + "/priv/notify/replication"),
          path_(directory_ + "/" + job) {}

    // The failures in a row, this one included.
    [[nodiscard]] Result<std::int64_t> count_failure() const {
        struct stat status {};
        // An empty mount point is no configuration: nothing is left behind below it.
        if (::stat((root_ + "/priv").c_str(), &status) != 0) {
            return fail_errno(errno, "no configuration at " + root_);
        }
        const auto before = read_file(path_, max_counter_bytes);
        std::int64_t count = 1;
        if (before) {
            const auto known = parse_whole_number(before->substr(0, before->find('\n')), path_);
            if (!known) return fail(known.error());
            count = *known + 1;
        } else if (before.error().code() != Code::not_found) {
            return fail(before.error());
        }
        if (auto made = make_directories(directory_, 0700); !made) return fail(made.error());
        auto kept = replace_file(path_, std::to_string(count) + "\n", 0600);
        if (!kept) return fail(kept.error());
        return count;
    }

    [[nodiscard]] Result<void> forget() const {
        if (::unlink(path_.c_str()) == 0 || errno == ENOENT) return {};
        return fail_errno(errno, "cannot remove " + path_);
    }

  private:
    const std::string root_;
    const std::string directory_;
    const std::string path_;
};

// A file's name, whoever made it up.
Result<std::string> job_of(const ParsedWords& parsed, const char* command) {
    const auto& operands = parsed.operands;
    if (operands.size() != 1 || !valid_event_id(operands.front())) {
        return fail(Code::invalid_argument, std::string(command) + ": name one job, '100-0'");
    }
    return operands.front();
}

po::options_description replication_options() {
    po::options_description options("Options");
    auto add = options.add_options();
    add("job-target", text_option("NODE"), "where it replicates to");
    add("schedule", text_option("TEXT"), "when it runs");
    add("last-sync", text_option("TIME"), "when it last succeeded, seconds since 1970");
    add("next-sync", text_option("TIME"), "when it is tried again");
    add("error", text_option("TEXT"), "what went wrong");
    add("log", text_option("FILE"), "what went wrong, from a file ('-': stdin)");
    return options;
}

Result<json> failure_data(const ParsedWords& parsed, const std::string& job) {
    json data = {{"job-id", job}};
    for (const char* name : {"job-target", "schedule", "last-sync", "next-sync", "error"})
        if (const auto value = parsed.text(name)) data[name] = *value;
    if (const auto log = parsed.text("log")) {
        if (data.contains("error")) {
            return fail(Code::invalid_argument, "--error and --log exclude each other");
        }
        auto text = read_input(*log, max_error_bytes);
        if (!text) return fail(text.error());
        data["error"] = std::move(*text);
    }
    return data;
}

}  // namespace

int run_replication_failed(const Subcommand& self, const CommonOptions& common,
                           const std::vector<std::string>& words) {
    const auto parsed = parse_words(self, common, words, replication_options());
    if (!parsed) return report(parsed.error());
    if (!*parsed) return exit_done;
    const auto job = job_of(**parsed, self.name);
    if (!job) return report(job.error());
    auto data = failure_data(**parsed, *job);
    if (!data) return report(data.error());
    const auto count = FailureCounter((*parsed)->common.run, *job).count_failure();
    if (count) {
        (*data)["failure-count"] = *count;
    } else {
        // Told once too often rather than never.
        std::cerr << "pmx-notify: the failure cannot be counted, and is told as the first: "
                  << clean_line(count.error().message()) << "\n";
    }
    EventRequest request;
    request.type = event_type::replication;
    request.data = compact_text(*data);
    return submit_and_print((*parsed)->common, std::move(request));
}

int run_replication_ok(const Subcommand& self, const CommonOptions& common,
                       const std::vector<std::string>& words) {
    const auto parsed = parse_words(self, common, words, po::options_description());
    if (!parsed) return report(parsed.error());
    if (!*parsed) return exit_done;
    const auto job = job_of(**parsed, self.name);
    if (!job) return report(job.error());
    const auto forgotten = FailureCounter((*parsed)->common.run, *job).forget();
    return forgotten ? exit_done : report(forgotten.error());
}

}  // namespace pmx::notifier
