#include "sqlite/fsck.h"

#include <utility>

#include "sqlite/contents.h"
#include "sqlite/file_scan.h"
#include "sqlite/migrations.h"
#include "sqlite/state_directory.h"

namespace pmx::sqlite {
namespace {

void count(const Contents& contents, FsckReport& report) {
    for (const auto& [inode, node] : contents.nodes) {
        ++(node.kind == tree::NodeKind::file ? report.files : report.directories);
        if (node.content) report.file_bytes += node.content->size();
    }
    report.entries = contents.entries.size();
    report.entry_bytes = contents.entry_bytes;
    report.history_records = contents.history.size();
    report.rejected_changes = contents.rejected.size();
    if (contents.floor) report.floor = contents.floor->index;
    if (contents.base) report.base = contents.base->index;
    report.last = contents.last();
}

FsckReport check(const StateDirectory& directory, const Tuning& tuning) {
    FsckReport report;
    FileFindings files = scan_files(directory.database());
    report.problems = std::move(files.problems);
    report.warnings = std::move(files.warnings);
    auto database = Database::open(directory.database(), Access::inspect_only, tuning);
    if (!database) {
        report.problems.push_back(database.error().message());
        return report;
    }
    Contents contents = read_contents(*database);
    if (contents.newer_schema) {
        contents.problems.push_back("the database was written by a newer version of pmxcfs-lite");
    }
    report.problems.insert(report.problems.end(), contents.problems.begin(),
                           contents.problems.end());
    report.problems.insert(report.problems.end(), contents.warnings.begin(),
                           contents.warnings.end());
    report.schema_version = contents.schema_version;
    count(contents, report);
    report.identity = std::move(contents.identity);
    report.unconfirmed_recovery = std::move(contents.recovery);
    return report;
}

}  // namespace

Result<FsckReport> check_database(const std::string& state_directory, const Tuning& tuning) {
    const StateDirectory directory(state_directory);
    if (!exists(directory.database()) && !exists(directory.wal())) {
        return fail(Code::not_found, state_directory + " has no database");
    }
    if (auto free = directory.check_not_in_use(); !free) return fail(free.error());
    FsckReport report = check(directory, tuning);
    // What a daemon that began meanwhile did to the files is no damage.
    if (auto free = directory.check_not_in_use(); !free) return fail(free.error());
    return report;
}

Result<FsckReport> check_database(const std::string& state_directory) {
    return check_database(state_directory, Tuning{});
}

}  // namespace pmx::sqlite
