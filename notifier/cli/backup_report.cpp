#include "notifier/cli/backup_report.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json.h"
#include "notifier/cli/commands.h"
#include "notifier/cli/producers.h"
#include "notifier/cli/submit.h"

namespace pmx::notifier {
namespace {

namespace po = boost::program_options;
using nlohmann::json;

constexpr std::size_t max_log_file_bytes = 64U << 20;

tl::unexpected<Error> bad_report(const std::string& why) {
    return fail(Code::invalid_argument, why);
}

po::options_description backup_report_options() {
    po::options_description options("Options");
    auto add = options.add_options();
    add("guest", text_option("K=V,..."),
        "id=, name=, status= (ok, or what went wrong), time= (seconds), size= (bytes), filename=; "
        "once for each guest");
    add("data", text_option("FILE"), "all of it as JSON instead, see pmx-notify(1); '-': stdin");
    add("job", text_option("ID"), "the backup job of jobs.cfg whose settings apply");
    add("log", text_option("FILE"), "the log, '-': stdin");
    add("error", text_option("TEXT"), "what stopped the backup as a whole");
    add("total-time", text_option("SECONDS"), "how long it took");
    return options;
}

Result<json> read_data(const std::string& file) {
    const auto text = read_input(file, max_data_bytes);
    if (!text) return fail(text.error());
    json data = json::parse(*text, nullptr, false);
    if (!data.is_object()) return bad_report("--data is not a JSON object");
    return data;
}

Result<json> read_guests(const ParsedWords& parsed) {
    json rows = json::array();
    for (const std::string& text : parsed.all("guest")) {
        auto row = parse_guest(text);
        if (!row) return row;
        rows.push_back(std::move(*row));
    }
    return json{{"guest-table", std::move(rows)}};
}

Result<json> read_report(const ParsedWords& parsed) {
    const auto file = parsed.text("data");
    if (file && parsed.has("guest")) return bad_report("--data and --guest exclude each other");
    if (!file && !parsed.has("guest") && !parsed.has("error")) {
        return bad_report("backup-report needs --guest, --data or --error");
    }
    if (file == "-" && parsed.text("log") == "-") {
        return bad_report("only one of --data and --log can be '-'");
    }
    auto data = file ? read_data(*file) : read_guests(parsed);
    if (!data) return data;
    if (const auto error = parsed.text("error")) (*data)["error"] = *error;
    if (const auto seconds = parsed.text("total-time")) (*data)["total-time"] = *seconds;
    if (const auto log = parsed.text("log")) {
        auto text = read_input(*log, max_log_file_bytes);
        if (!text) return fail(text.error());
        (*data)["logs"] = bounded_log(std::move(*text));
    }
    return data;
}

}  // namespace

std::string bounded_log(std::string log) {
    if (log.size() <= max_backup_log_bytes) return log;
    constexpr std::size_t kept = max_backup_log_bytes / 2;
    return log.substr(0, kept) + "\n[... the middle is left out ...]\n" +
           log.substr(log.size() - kept);
}

std::string read_log(const std::string& path) {
    auto text = read_file(path, max_log_file_bytes);
    if (!text) return "[" + text.error().message() + "]\n";
    return bounded_log(std::move(*text));
}

Result<json> parse_guest(const std::string& text) {
    constexpr std::array known = {"id", "name", "status", "time", "size", "filename"};
    json row = json::object();
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        const std::string item = text.substr(begin, end - begin);
        const std::size_t equals = std::min(item.find('='), item.size());
        const std::string key = item.substr(0, equals);
        if (equals == item.size() || std::find(known.begin(), known.end(), key) == known.end()) {
            return bad_report("--guest '" + text +
                              "': write id=..,name=..,status=..,time=..,size=..," + "filename=..");
        }
        row[key == "id" ? "vmid" : key] = item.substr(equals + 1);
        begin = end + 1;
    }
    if (!row.contains("vmid") || !row.contains("status")) {
        return bad_report("--guest '" + text + "': id and status are needed");
    }
    return row;
}

EventRequest backup_event(const json& data, const std::optional<std::string>& job) {
    EventRequest request;
    request.type = event_type::vzdump;
    request.job = job;
    if (job) request.fields["job-id"] = *job;
    request.data = compact_text(data);
    return request;
}

int run_backup_report(const Subcommand& self, const CommonOptions& common,
                      const std::vector<std::string>& words) {
    const auto parsed = parse_words(self, common, words, backup_report_options());
    if (!parsed) return report(parsed.error());
    if (!*parsed) return exit_done;
    if (!(*parsed)->operands.empty()) {
        return report(Error(Code::invalid_argument, "backup-report takes options only"));
    }
    const auto data = read_report(**parsed);
    if (!data) return report(data.error());
    return submit_and_print((*parsed)->common, backup_event(*data, (*parsed)->text("job")));
}

}  // namespace pmx::notifier
