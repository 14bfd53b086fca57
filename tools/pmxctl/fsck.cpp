#include "sqlite/fsck.h"

#include <iostream>

#include "tools/pmxctl/ask.h"
#include "tools/pmxctl/human.h"
#include "tools/pmxctl/progress.h"

namespace po = boost::program_options;

namespace pmx::pmxctl {
namespace {

using nlohmann::json;

void fsck_options(po::options_description& options) {
    options.add_options()("state", po::value<std::string>()->value_name("DIR"),
                          "the daemon's state directory, /var/lib/pmxcfs-lite as installed");
}

Result<sqlite::FsckReport> check(const std::string& state) {
    const Progress progress("checking " + state);
    auto report = sqlite::check_database(state);
    if (!report && report.error().code() == Code::busy) {
        return fail(Error(Code::busy, report.error().message() +
                                          ": stop it first, or ask it with `pmxctl status`"));
    }
    return report;
}

json to_json(const sqlite::FsckReport& report) {
    json object = {
        {"clean", report.clean()},
        {"problems", report.problems},
        {"warnings", report.warnings},
        {"schema_version", report.schema_version},
        {"files", report.files},
        {"directories", report.directories},
        {"file_bytes", report.file_bytes},
        {"entries", report.entries},
        {"entry_bytes", report.entry_bytes},
        {"history_records", report.history_records},
        {"log",
         {{"floor", report.floor.value}, {"base", report.base.value}, {"last", report.last.value}}},
        {"unconfirmed_recovery", report.unconfirmed_recovery.has_value()},
        {"node", nullptr}};
    if (report.identity) {
        object["node"] = {{"id", report.identity->node.value},
                          {"name", report.identity->node_name}};
    }
    return object;
}

void print_report(const sqlite::FsckReport& report) {
    if (report.identity) {
        std::cout << "node " << printable(report.identity->node_name) << " (id "
                  << report.identity->node.value << "), schema " << report.schema_version << "\n";
    }
    std::cout << count_text(report.files, "file", "files") << " with "
              << bytes_text(report.file_bytes) << ", "
              << count_text(report.directories, "directory", "directories") << " as of index "
              << report.base.value << "\n"
              << count_text(report.entries, "log entry", "log entries") << " with "
              << bytes_text(report.entry_bytes) << ", up to index " << report.last.value << "; "
              << count_text(report.history_records, "line", "lines") << " of history\n";
    for (const std::string& warning : report.warnings)
        std::cout << "warning: " << printable(warning) << "\n";
    for (const std::string& problem : report.problems)
        std::cout << "PROBLEM: " << printable(problem) << "\n";
    if (report.unconfirmed_recovery) {
        std::cout << "saved from a damaged database and not confirmed yet: see pmxctl recover\n";
    }
    std::cout << (report.clean() ? "clean\n" : "damaged\n");
}

Result<ExitCode> run_fsck(const Invocation& invocation) {
    if (!invocation.has("state")) return usage_error("fsck needs --state DIR");
    const auto report = check(invocation.get<std::string>("state"));
    if (!report) return fail(report.error());
    if (invocation.json) {
        print_json(to_json(*report));
    } else {
        print_report(*report);
    }
    return report->clean() ? ExitCode::ok : ExitCode::failed;
}

}  // namespace

const Command fsck_command{
    .name = "fsck",
    .arguments = "--state DIR",
    .summary = "check the database of a stopped daemon; reads all of it, changes nothing",
    .details = "Exit code 1 when something is wrong with it.\n",
    .positional = nullptr,
    .add_options = fsck_options,
    .run = run_fsck,
};

}  // namespace pmx::pmxctl
