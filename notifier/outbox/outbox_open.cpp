// Opening the outbox: its tables, and what happens to a damaged one.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>

#include "base/unique_fd.h"
#include "notifier/outbox/outbox.h"

namespace pmx::notifier {
namespace {

// Migrations, in order: never edit one that was released, add the next. PRAGMA user_version
// counts those that were applied. Numbers of states and kinds are those of outbox.h.
constexpr std::array migrations = {
    R"(
CREATE TABLE events(
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    uid INTEGER NOT NULL,
    caller TEXT NOT NULL,
    type TEXT NOT NULL,
    severity TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    html TEXT,
    fields TEXT NOT NULL,              -- a JSON object of strings
    timestamp_s INTEGER NOT NULL,
    node TEXT NOT NULL,
    accepted_s INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    note TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_age ON events(accepted_s);
CREATE TABLE deliveries(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL REFERENCES events(id) ON DELETE CASCADE,
    target TEXT NOT NULL,
    via TEXT,
    kind INTEGER NOT NULL,
    state INTEGER NOT NULL,
    reason TEXT NOT NULL,
    sender TEXT NOT NULL,
    author TEXT NOT NULL,
    recipients TEXT NOT NULL,          -- a JSON array of strings
    skipped TEXT NOT NULL,             -- a JSON array of [user, why]
    attempts INTEGER NOT NULL,
    next_attempt_s INTEGER NOT NULL,
    updated_s INTEGER NOT NULL
) STRICT;
CREATE INDEX deliveries_by_event ON deliveries(event_id);
CREATE INDEX deliveries_by_turn ON deliveries(state, target, next_attempt_s);
CREATE TABLE target_health(
    target TEXT PRIMARY KEY,
    last_success_s INTEGER NOT NULL,
    last_failure_s INTEGER NOT NULL,
    last_error TEXT NOT NULL
) STRICT;
CREATE TABLE good_sections(            -- secrets in private_text
    file TEXT NOT NULL,
    id TEXT NOT NULL,
    text TEXT NOT NULL,
    private_text TEXT NOT NULL,
    PRIMARY KEY(file, id)
) STRICT;
CREATE TABLE reported_packages(
    hostname TEXT NOT NULL,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    seen_s INTEGER NOT NULL,
    PRIMARY KEY(hostname, name, version)
) STRICT;
)",
    R"(
ALTER TABLE events ADD COLUMN cluster INTEGER NOT NULL DEFAULT 0;
ALTER TABLE events ADD COLUMN asked_target TEXT;   -- what the sender asked for
ALTER TABLE events ADD COLUMN asked_job TEXT;
CREATE INDEX events_by_cluster ON events(cluster) WHERE cluster IN (1,2);
ALTER TABLE deliveries ADD COLUMN node TEXT NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN digest TEXT NOT NULL DEFAULT '';
CREATE INDEX deliveries_in_order ON deliveries(state, target);
CREATE INDEX deliveries_by_digest ON deliveries(digest) WHERE digest<>'';
ALTER TABLE target_health ADD COLUMN delivered INTEGER NOT NULL DEFAULT 0;
ALTER TABLE target_health ADD COLUMN retried INTEGER NOT NULL DEFAULT 0;
ALTER TABLE target_health ADD COLUMN given_up INTEGER NOT NULL DEFAULT 0;
CREATE TABLE watches(
    name TEXT PRIMARY KEY,
    watched_since_s INTEGER NOT NULL,
    seen_s INTEGER,
    told_s INTEGER
) STRICT;
)",
    R"(
ALTER TABLE deliveries ADD COLUMN reached TEXT NOT NULL DEFAULT '[]';  -- as recipients: who have it
)",
};

Result<void> check_integrity(Database& database) {
    auto statement = database.prepare("PRAGMA integrity_check(1)");
    if (!statement) return fail(statement.error());
    auto row = statement->step();
    if (!row) return fail(row.error());
    const std::string answer = *row ? statement->text(0) : "no answer";
    if (answer != "ok") return fail(Code::corrupt, answer);
    return {};
}

Result<void> migrate(Database& database) {
    auto statement = database.prepare("PRAGMA user_version");
    if (!statement) return fail(statement.error());
    auto row = statement->step();
    if (!row) return fail(row.error());
    const auto version = static_cast<std::size_t>(statement->integer(0));
    *statement = Statement(nullptr, nullptr);  // an open read would hold up the writes
    if (version > migrations.size()) {
        return fail(Code::corrupt, "it was written by a newer version (" + std::to_string(version) +
                                       ") of this program");
    }
    for (std::size_t next = version; next < migrations.size(); ++next) {
        auto transaction = Transaction::begin(database);
        if (!transaction) return fail(transaction.error());
        if (auto done = database.execute(migrations[next]); !done) return done;
        const std::string set = "PRAGMA user_version=" + std::to_string(next + 1);
        if (auto done = database.execute(set.c_str()); !done) return done;
        if (auto done = transaction->commit(); !done) return done;
    }
    return {};
}

Result<std::string> schema_of(Database& database) {
    auto statement =
        database.prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name");
    if (!statement) return fail(statement.error());
    std::string schema;
    for (;;) {
        auto row = statement->step();
        if (!row) return fail(row.error());
        if (!*row) return schema;
        schema += statement->text(0) + ": " + statement->text(1) + "\n";
    }
}

// The page of the version is written, and synced, even where the number stays the same.
Result<void> write_nothing_new(Database& database) {
    const std::string set = "PRAGMA user_version=" + std::to_string(migrations.size());
    return database.execute(set.c_str());
}

// SQLite's own check takes any text for a schema that happens to parse.
Result<void> check_schema(Database& database) {
    auto right = Database::open_in_memory();
    if (!right) return fail(right.error());
    if (auto made = migrate(*right); !made) return made;
    auto expected = schema_of(*right);
    if (!expected) return fail(expected.error());
    auto found = schema_of(database);
    if (!found) return fail(found.error());
    if (*found != *expected) return fail(Code::corrupt, "its tables are not those that were made");
    return {};
}

std::string file_time(std::int64_t now_s) {
    const std::time_t time = now_s;
    std::tm parts{};
    std::array<char, 32> text{};
    if (::gmtime_r(&time, &parts) == nullptr) return std::to_string(now_s);
    std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts);
    return text.data();
}

// The database and its write-ahead log, under a name that is not taken.
Result<std::string> set_aside(const std::string& directory, std::int64_t now_s) {
    const std::string path = directory + "/outbox.db";
    const std::string base = path + ".damaged-" + file_time(now_s);
    std::string name = base;
    for (int i = 2; ::access(name.c_str(), F_OK) == 0; ++i)
        name = base + "-" + std::to_string(i);
    if (::rename(path.c_str(), name.c_str()) != 0) {
        return fail_errno(errno, "cannot set " + path + " aside");
    }
    for (const char* suffix : {"-wal", "-shm", "-journal"})
        [[maybe_unused]] const int kept =
            ::rename((path + suffix).c_str(), (name + suffix).c_str());
    const UniqueFd directory_fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory_fd || ::fsync(directory_fd.get()) != 0) {
        return fail_errno(errno, "cannot sync " + directory);
    }
    return name;
}

}  // namespace

bool is_broken(const Error& error) {
    return error.code() == Code::io_error || error.code() == Code::corrupt;
}

Result<Database> Outbox::open_checked(const std::string& path) {
    auto database = Database::open(path);
    if (!database) return database;
    if (auto checked = check_integrity(*database); !checked) return fail(checked.error());
    if (auto migrated = migrate(*database); !migrated) return fail(migrated.error());
    if (auto checked = check_schema(*database); !checked) return fail(checked.error());
    auto written = write_nothing_new(*database);
    if (!written && is_broken(written.error())) return fail(written.error());
    return database;
}

Result<void> Outbox::prove_writable() {
    const std::lock_guard lock(mutex_);
    return write_nothing_new(database_);
}

Result<Outbox::Opened> Outbox::open(const std::string& directory, std::int64_t now_s) {
    const std::string path = directory + "/outbox.db";
    std::optional<std::string> diagnosis;
    auto database = open_checked(path);
    if (!database && database.error().code() == Code::corrupt) {
        const std::string damage = database.error().message();
        auto aside = set_aside(directory, now_s);
        if (!aside) return fail(aside.error());
        diagnosis = path + " is damaged (" + damage + "); it is kept as " + *aside +
                    ", a new one is begun. Events that waited in it are not delivered: see them "
                    "with sqlite3 '" +
                    *aside + "' .recover";
        database = open_checked(path);
    }
    if (!database) return fail(database.error());
    Opened opened;
    opened.outbox.reset(new Outbox(std::move(*database)));
    opened.diagnosis = std::move(diagnosis);
    return opened;
}

}  // namespace pmx::notifier
