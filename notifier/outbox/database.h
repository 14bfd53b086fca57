// SQLite, as much of it as the outbox needs: no exceptions, statements that clean up.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace pmx::notifier {

struct DatabaseCloser {
    void operator()(sqlite3* database) const;
};
struct StatementFinalizer {
    void operator()(sqlite3_stmt* statement) const;
};

class Statement {
  public:
    Statement(sqlite3* database, sqlite3_stmt* statement)
        : database_(database), statement_(statement) {}

    // Parameters are bound in the order of the calls.
    Statement& bind(std::int64_t value);
    Statement& bind(std::string_view value);
    Statement& bind_optional(const std::optional<std::string>& value);
    Statement& bind_optional(const std::optional<std::int64_t>& value);
    // True: a row is there. False: done.
    Result<bool> step();
    // For statements that give no rows.
    Result<void> run();

    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] std::optional<std::string> optional_text(int column) const;
    [[nodiscard]] std::optional<std::int64_t> optional_integer(int column) const;

  private:
    Statement& bind_null();
    sqlite3* database_;
    std::unique_ptr<sqlite3_stmt, StatementFinalizer> statement_;
    int next_parameter_ = 1;
};

// Not thread-safe.
class Database {
  public:
    // Created where missing, readable by the owner only; WAL, synchronous=FULL, and for this
    // process alone (Code::busy when another has it). Code::corrupt when it is damaged.
    static Result<Database> open(const std::string& path);

    // Empty, and gone with this object.
    static Result<Database> open_in_memory();

    // `sql` is a constant of ours: what does not compile is a bug, or a damaged schema.
    Result<Statement> prepare(std::string_view sql);
    Result<void> execute(const char* sql);
    [[nodiscard]] std::int64_t changes() const;

  private:
    explicit Database(sqlite3* database) : database_(database) {}
    std::unique_ptr<sqlite3, DatabaseCloser> database_;
};

// Rolled back unless commit() succeeded.
class Transaction {
  public:
    static Result<Transaction> begin(Database& database);
    Result<void> commit();
    ~Transaction();
    Transaction(Transaction&& other) noexcept;
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    Transaction& operator=(Transaction&&) = delete;

  private:
    explicit Transaction(Database& database) : database_(&database) {}
    Database* database_;
};

}  // namespace pmx::notifier
