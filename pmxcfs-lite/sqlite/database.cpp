#include "sqlite/database.h"

#include <unistd.h>

#include "base/bytes.h"
#include "base/check.h"

namespace pmx::sqlite {
namespace {

// Every page that a save touches is written whole, twice. Measured bytes a save of 4 KiB with a
// checkpoint each 256, new file / overwritten: 512: 21 / 13 KB, 1024: 22 / 16 KB, 2048: 25 / 18 KB,
// 4096: 34 / 26 KB. Below 1024 the trees grow deep for what is left to gain.
constexpr int default_page_size = 1024;

// Without a WAL beside it, a database that is marked as immutable is read without one being made.
std::string immutable_name(const std::string& path) {
    std::string name = "file:";
    for (const char c : path) {
        if (c == '%' || c == '?' || c == '#') {
            const auto byte = static_cast<std::uint8_t>(c);
            name += "%" + to_hex({&byte, 1});
        } else {
            name += c;
        }
    }
    return name + "?immutable=1";
}

}  // namespace

void Statement::check_bound(int code) {
    PMX_CHECK(code == SQLITE_OK, "a value cannot be bound to a statement");
}

void Statement::bind(int position, std::int64_t value) {
    check_bound(sqlite3_bind_int64(statement_.get(), position, value));
}

void Statement::bind_text(int position, std::string_view text) {
    check_bound(sqlite3_bind_text64(statement_.get(), position, text.data(), text.size(),
                                    SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bind_blob(int position, std::string_view bytes) {
    // A null pointer would be NULL, not an empty blob.
    const char* data = bytes.data() != nullptr ? bytes.data() : "";
    check_bound(sqlite3_bind_blob64(statement_.get(), position, data, bytes.size(), SQLITE_STATIC));
}

Result<bool> Statement::step() {
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return fail(sqlite_error(sqlite3_db_handle(statement_.get()), sqlite3_sql(statement_.get())));
}

Result<void> Statement::run() {
    Result<bool> row = step();
    reset();
    if (!row) return fail(row.error());
    return {};
}

void Statement::reset() {
    sqlite3_reset(statement_.get());
    sqlite3_clear_bindings(statement_.get());
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

std::string_view Statement::bytes(int column) const {
    const void* data = sqlite3_column_blob(statement_.get(), column);
    const int size = sqlite3_column_bytes(statement_.get(), column);
    if (data == nullptr) return {};
    return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

Result<Database> Database::open(const std::string& path, Access access, const Tuning& tuning) {
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW;
    switch (access) {
        case Access::create:
            flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
            break;
        case Access::read_write:
            flags |= SQLITE_OPEN_READWRITE;
            break;
        case Access::inspect_only:
            flags |= SQLITE_OPEN_READONLY;
            break;
    }
    const char* vfs = tuning.vfs.empty() ? nullptr : tuning.vfs.c_str();
    // SQLite would lock for reading, which takes a writable file; nobody writes while we inspect.
    if (access == Access::inspect_only && vfs == nullptr) vfs = "unix-none";
    std::string name = path;
    if (access == Access::inspect_only && ::access((path + "-wal").c_str(), F_OK) != 0) {
        name = immutable_name(path);
        flags |= SQLITE_OPEN_URI;
    }
    sqlite3* connection = nullptr;
    const int code = sqlite3_open_v2(name.c_str(), &connection, flags, vfs);
    PMX_CHECK(connection != nullptr, "no memory for an SQLite connection");
    Database database(connection);
    if (code != SQLITE_OK) return fail(sqlite_error(connection, "cannot open " + path));
    if (auto configured = database.configure(access, tuning); !configured) {
        return fail(configured.error().while_doing("cannot open " + path));
    }
    return database;
}

Result<void> Database::configure(Access access, const Tuning& tuning) {
    sqlite3* connection = connection_.get();
    sqlite3_limit(connection, SQLITE_LIMIT_LENGTH, max_value_bytes);
    sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(connection, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    // Until everything was read and found whole, a database is not written to.
    keep_wal_on_close(access != Access::create);

    // Exclusive: the index of the WAL is then in memory, so there is no third file, a full disk
    // does not stop a start, and no other program can come between.
    std::string sql = "PRAGMA locking_mode = EXCLUSIVE; PRAGMA cell_size_check = ON;";
    sql += tuning.synchronous_full ? "PRAGMA synchronous = FULL;" : "PRAGMA synchronous = NORMAL;";
    if (access == Access::create) {
        const int page_size = tuning.page_size != 0 ? tuning.page_size : default_page_size;
        sql += "PRAGMA page_size = " + std::to_string(page_size) + ";";
        sql += "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;";
    }
    // The store moves the WAL into the database itself, so that it hears of a failure.
    sql += "PRAGMA wal_autocheckpoint = 0;";
    if (access == Access::inspect_only) sql += "PRAGMA query_only = ON;";
    return execute(sql.c_str(), "configuring the connection");
}

Result<void> Database::execute(const char* sql, std::string_view doing) {
    if (sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
    return fail(sqlite_error(connection_.get(), doing));
}

Result<Statement> Database::prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) return fail(sqlite_error(connection_.get(), sql));
    return Statement(statement);
}

Result<std::int64_t> Database::integer(std::string_view sql) {
    auto statement = prepare(sql);
    if (!statement) return fail(statement.error());
    auto row = statement->step();
    if (!row) return fail(row.error());
    if (!*row) return fail(Code::corrupt, std::string(sql) + ": no answer");
    return statement->integer(0);
}

bool Database::in_transaction() const {
    return sqlite3_get_autocommit(connection_.get()) == 0;
}

void Database::keep_wal_on_close(bool keep) {
    sqlite3_db_config(connection_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep ? 1 : 0, nullptr);
}

}  // namespace pmx::sqlite
