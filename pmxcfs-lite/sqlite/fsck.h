// The offline check of a database: reads all of it, changes nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "ports/log_store.h"
#include "sqlite/damage.h"

namespace pmx::sqlite {

struct FsckReport {
    std::vector<std::string> problems;  // empty: everything is what was written
    std::vector<std::string> warnings;  // odd, but what a crash may leave behind

    std::optional<ports::Identity> identity;
    int schema_version = 0;
    std::uint64_t files = 0;  // as of the last checkpoint
    std::uint64_t directories = 0;
    std::uint64_t file_bytes = 0;
    std::uint64_t entries = 0;
    std::uint64_t entry_bytes = 0;
    std::uint64_t history_records = 0;
    std::uint64_t rejected_changes = 0;  // that lost out, and nobody has let go
    LogIndex floor;                      // entries up to here are forgotten
    LogIndex base;                       // the tree in the database is the one after this entry
    LogIndex last;                       // of the log

    // The database was saved from a damaged one and nobody has confirmed it yet.
    std::optional<Damage> unconfirmed_recovery;

    [[nodiscard]] bool clean() const { return problems.empty(); }
};

// Code::busy while a daemon holds the directory, Code::not_found when it has no database. A file
// that is no database at all is a report with a problem, not an error.
Result<FsckReport> check_database(const std::string& state_directory);
struct Tuning;  // database.h; for tests
Result<FsckReport> check_database(const std::string& state_directory, const Tuning& tuning);

}  // namespace pmx::sqlite
