#include "base/sqlite/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <string>
#include <system_error>

#include "tests/support/refusing_vfs.h"
#include "tests/support/temporary_directory.h"

namespace pmx::sqlite {
namespace {

TEST(SqliteError, AQuotaThatIsReachedIsAFullDisk) {
    EXPECT_EQ(code_of(SQLITE_FULL, 0), Code::no_space);
    for (const int error_number : {ENOSPC, EDQUOT}) {
        EXPECT_EQ(code_of(SQLITE_IOERR_WRITE, error_number), Code::no_space);
        EXPECT_EQ(code_of(SQLITE_IOERR_TRUNCATE, error_number), Code::no_space);
        EXPECT_EQ(code_of(SQLITE_CANTOPEN, error_number), Code::no_space) << "no room for a WAL";
    }
}

TEST(SqliteError, AFailedSyncIsNeverAFullDisk) {
    for (const int error_number : {ENOSPC, EDQUOT, EIO}) {
        EXPECT_EQ(code_of(SQLITE_IOERR_FSYNC, error_number), Code::io_error);
        EXPECT_EQ(code_of(SQLITE_IOERR_DIR_FSYNC, error_number), Code::io_error);
    }
}

TEST(SqliteError, AFileThatEndsTooEarlyIsDamaged) {
    EXPECT_EQ(code_of(SQLITE_IOERR_SHORT_READ, 0), Code::corrupt);
    EXPECT_EQ(code_of(SQLITE_CORRUPT_INDEX, 0), Code::corrupt);
    EXPECT_EQ(code_of(SQLITE_NOTADB, 0), Code::corrupt);
    EXPECT_EQ(code_of(SQLITE_ERROR, 0), Code::corrupt) << "a table is missing";
}

TEST(SqliteError, WhatTheDiskRefusesIsAnIoError) {
    EXPECT_EQ(code_of(SQLITE_IOERR_WRITE, EIO), Code::io_error);
    EXPECT_EQ(code_of(SQLITE_IOERR_READ, EIO), Code::io_error);
    EXPECT_EQ(code_of(SQLITE_READONLY_DBMOVED, 0), Code::io_error);
    EXPECT_EQ(code_of(SQLITE_BUSY_RECOVERY, 0), Code::busy);
}

struct SqliteCloser {
    void operator()(sqlite3* connection) const { sqlite3_close(connection); }
};

// The errno is not what SQLite noted for another call, nor forgotten when the transaction is rolled
// back.
TEST(SqliteError, ACommitThatFailsIsJudgedByItsOwnErrno) {
    const RefusingVfs vfs;
    const TemporaryDirectory directory;
    sqlite3* raw = nullptr;
    ASSERT_EQ(sqlite3_open((directory.path() + "/a.db").c_str(), &raw), SQLITE_OK);
    const std::unique_ptr<sqlite3, SqliteCloser> connection(raw);
    const auto execute = [raw](const char* sql) -> Result<void> {
        if (sqlite3_exec(raw, sql, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
        return fail(sqlite_error(raw, sql));
    };
    ASSERT_TRUE(execute("PRAGMA journal_mode=WAL; CREATE TABLE t(x)"));
    for (const int error_number : {EDQUOT, EIO, EDQUOT}) {
        ASSERT_TRUE(execute("BEGIN; INSERT INTO t VALUES(1)"));
        vfs.refuse_writes(error_number);
        const Result<void> committed = execute("COMMIT");
        vfs.refuse_writes(0);
        ASSERT_FALSE(committed);
        EXPECT_EQ(committed.error().code(),
                  error_number == EDQUOT ? Code::no_space : Code::io_error);
        EXPECT_THAT(committed.error().message(),
                    testing::HasSubstr(std::generic_category().message(error_number)));
    }
}

}  // namespace
}  // namespace pmx::sqlite
