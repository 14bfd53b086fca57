#include "notifier/outbox/database.h"

#include <fcntl.h>
#include <sqlite3.h>

#include <cerrno>

#include "base/check.h"
#include "base/sqlite/error.h"
#include "base/unique_fd.h"

namespace pmx::notifier {
namespace {

Result<void> create_private(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return fail_errno(errno, "cannot open " + path);
    return {};
}

}  // namespace

void DatabaseCloser::operator()(sqlite3* database) const {
    ::sqlite3_close_v2(database);
}

void StatementFinalizer::operator()(sqlite3_stmt* statement) const {
    ::sqlite3_finalize(statement);
}

Statement& Statement::bind(std::int64_t value) {
    const int code = ::sqlite3_bind_int64(statement_.get(), next_parameter_++, value);
    PMX_CHECK(code == SQLITE_OK, "a parameter that the statement does not have");
    return *this;
}

Statement& Statement::bind(std::string_view value) {
    const int code = ::sqlite3_bind_text64(statement_.get(), next_parameter_++,
                                           value.empty() ? "" : value.data(), value.size(),
                                           SQLITE_TRANSIENT, SQLITE_UTF8);
    PMX_CHECK(code == SQLITE_OK, "a parameter that cannot be bound");
    return *this;
}

Statement& Statement::bind_null() {
    const int code = ::sqlite3_bind_null(statement_.get(), next_parameter_++);
    PMX_CHECK(code == SQLITE_OK, "a parameter that the statement does not have");
    return *this;
}

Statement& Statement::bind_optional(const std::optional<std::string>& value) {
    return value ? bind(std::string_view(*value)) : bind_null();
}

Statement& Statement::bind_optional(const std::optional<std::int64_t>& value) {
    return value ? bind(*value) : bind_null();
}

Result<bool> Statement::step() {
    const int code = ::sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return fail(sqlite::sqlite_error(database_, ::sqlite3_sql(statement_.get())));
}

Result<void> Statement::run() {
    auto row = step();
    if (!row) return fail(row.error());
    return {};
}

std::int64_t Statement::integer(int column) const {
    return ::sqlite3_column_int64(statement_.get(), column);
}

std::string Statement::text(int column) const {
    return optional_text(column).value_or("");
}

std::optional<std::string> Statement::optional_text(int column) const {
    if (::sqlite3_column_type(statement_.get(), column) == SQLITE_NULL) return std::nullopt;
    const auto* bytes =
        reinterpret_cast<const char*>(::sqlite3_column_text(statement_.get(), column));
    if (bytes == nullptr) return std::nullopt;
    return std::string(bytes,
                       static_cast<std::size_t>(::sqlite3_column_bytes(statement_.get(), column)));
}

std::optional<std::int64_t> Statement::optional_integer(int column) const {
    if (::sqlite3_column_type(statement_.get(), column) == SQLITE_NULL) return std::nullopt;
    return integer(column);
}

Result<Database> Database::open(const std::string& path) {
    if (auto created = create_private(path); !created) return fail(created.error());
    sqlite3* raw = nullptr;
    const int code = ::sqlite3_open_v2(path.c_str(), &raw,
                                       SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX |
                                           SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW,
                                       nullptr);
    Database database(raw);
    if (code != SQLITE_OK) return fail(sqlite::sqlite_error(raw, "cannot open " + path));
    ::sqlite3_busy_timeout(raw, 2000);
    auto set = database.execute(
        "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;");
    if (!set) return fail(set.error().while_doing("cannot open " + path));
    return database;
}

Result<Database> Database::open_in_memory() {
    sqlite3* raw = nullptr;
    const int code = ::sqlite3_open(":memory:", &raw);
    Database database(raw);
    if (code != SQLITE_OK) return fail(sqlite::sqlite_error(raw, "a database in memory"));
    return database;
}

Result<Statement> Database::prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const int code = ::sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                          &statement, nullptr);
    if (code != SQLITE_OK) return fail(sqlite::sqlite_error(database_.get(), sql));
    return Statement(database_.get(), statement);
}

Result<void> Database::execute(const char* sql) {
    const int code = ::sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return fail(sqlite::sqlite_error(database_.get(), sql));
    return {};
}

std::int64_t Database::changes() const {
    return ::sqlite3_changes64(database_.get());
}

Result<Transaction> Transaction::begin(Database& database) {
    if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return fail(begun.error());
    return Transaction(database);
}

Result<void> Transaction::commit() {
    auto done = database_->execute("COMMIT");
    if (done) database_ = nullptr;
    return done;
}

Transaction::~Transaction() {
    // Fails where SQLite rolled back already.
    if (database_ != nullptr) [[maybe_unused]]
        auto undone = database_->execute("ROLLBACK");
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

}  // namespace pmx::notifier
