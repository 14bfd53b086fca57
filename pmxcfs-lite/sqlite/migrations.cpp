#include "sqlite/migrations.h"

#include <array>
#include <iterator>
#include <string>

#include "base/check.h"
#include "sqlite/records.h"

namespace pmx::sqlite {
namespace {

// Checksums are made in records.cpp, from the values of the row and nothing else.
constexpr std::array migrations = {
    R"sql(
-- One of a kind: identity, place, promise, base, floor, cluster_log, recovery.
CREATE TABLE record (
    name TEXT PRIMARY KEY,
    checksum BLOB NOT NULL,
    value BLOB NOT NULL
);
-- Entries after `floor`; the chain is the checksum, and each covers the one before.
CREATE TABLE log (
    entry_index INTEGER PRIMARY KEY,
    chain BLOB NOT NULL,
    entry BLOB NOT NULL
);
-- The tree as of `base`.
CREATE TABLE inode (
    inode INTEGER PRIMARY KEY,
    parent INTEGER NOT NULL,
    name TEXT NOT NULL,
    kind INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    version INTEGER NOT NULL,
    writer INTEGER NOT NULL,
    checksum BLOB NOT NULL,
    content BLOB,
    UNIQUE (parent, name)
);
-- What each entry after `floor` and up to `base` did; who and when stands in the log.
CREATE TABLE history (
    entry_index INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    node_kind INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    parent INTEGER NOT NULL,
    path TEXT NOT NULL,
    size INTEGER NOT NULL,
    old_parent INTEGER NOT NULL,
    old_path TEXT NOT NULL,
    replaced INTEGER NOT NULL,
    checksum BLOB NOT NULL,
    PRIMARY KEY (entry_index, ordinal)
) WITHOUT ROWID;
)sql",
    R"sql(
-- Changes that lost out when logs were made equal, the oldest with the smallest number.
CREATE TABLE rejected (
    number INTEGER PRIMARY KEY,
    node INTEGER NOT NULL,
    boot INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    checksum BLOB NOT NULL,
    change BLOB NOT NULL
);
CREATE INDEX rejected_by_request ON rejected (node, boot, sequence);
-- Of a snapshot that is being fetched.
CREATE TABLE aside (
    inode INTEGER PRIMARY KEY,
    checksum BLOB NOT NULL,
    node BLOB NOT NULL
);
)sql",
    R"sql(
-- What files keep back of what their places give (tree/withheld.h); the checksums of rows with 0
-- are those that they had before.
ALTER TABLE inode ADD COLUMN withheld INTEGER NOT NULL DEFAULT 0;
ALTER TABLE history ADD COLUMN withheld INTEGER NOT NULL DEFAULT 0;
ALTER TABLE history ADD COLUMN closed INTEGER NOT NULL DEFAULT 0;
)sql",
};

Result<void> run_migrations(Database& database, int from, int to) {
    for (int version = from; version < to; ++version) {
        const char* sql = migrations.at(static_cast<std::size_t>(version));
        auto done = database.execute(sql, "migrating to version " + std::to_string(version + 1));
        if (!done) return done;
    }
    const std::string numbers = "PRAGMA user_version = " + std::to_string(to) +
                                "; PRAGMA application_id = " + std::to_string(application_id) + ";";
    return database.execute(numbers.c_str(), "writing the schema's version");
}

// The version stands in the header and, with a checksum, in a record.
Result<void> record_version(Database& database, int version) {
    auto statement =
        database.prepare("INSERT OR REPLACE INTO record (name, checksum, value) VALUES (?, ?, ?)");
    if (!statement) return fail(statement.error());
    const std::string value = encode_schema_version(version);
    const Checksum checksum = record_checksum(record::schema, value);
    statement->bind_text(1, record::schema);
    statement->bind_blob(2, as_bytes(checksum));
    statement->bind_blob(3, value);
    return statement->run();
}

Result<std::string> schema_text(Database& database) {
    auto statement =
        database.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name");
    if (!statement) return fail(statement.error());
    std::string text;
    for (;;) {
        auto row = statement->step();
        if (!row) return fail(row.error());
        if (!*row) return text;
        for (int column = 0; column < 4; ++column)
            text.append(statement->bytes(column)).push_back('\0');
    }
}

}  // namespace

int newest_schema_version() {
    return static_cast<int>(migrations.size());
}

Result<void> migrate(Database& database) {
    auto version = database.integer("PRAGMA user_version");
    if (!version) return fail(version.error());
    PMX_CHECK(*version >= 0 && *version <= newest_schema_version(), "migrating a newer schema");
    if (*version == newest_schema_version()) return {};
    auto done = database.execute("BEGIN IMMEDIATE", "migrating");
    if (done) done = run_migrations(database, static_cast<int>(*version), newest_schema_version());
    if (done) done = record_version(database, newest_schema_version());
    if (done) done = database.execute("COMMIT", "migrating");
    if (!done && database.in_transaction()) (void)database.execute("ROLLBACK", "migrating");
    return done;
}

Result<bool> schema_is(Database& database, int version) {
    auto model = Database::open(":memory:", Access::create);
    if (!model) return fail(model.error());
    if (auto done = run_migrations(*model, 0, version); !done) return fail(done.error());
    auto expected = schema_text(*model);
    auto found = schema_text(database);
    if (!expected) return fail(expected.error());
    if (!found) return fail(found.error());
    return *expected == *found;
}

}  // namespace pmx::sqlite
