// SQLite's C interface with owners and Results. Nothing here knows what is stored.
//
// A connection and its statements belong to one thread at a time; the owner arranges that.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/sqlite/error.h"
#include "tree/limits.h"
#include "wire/draft.h"

namespace pmx::sqlite {

// What a file can make SQLite allocate for one value. The largest that is stored is the base of a
// cluster of very many nodes (replica/streams.cpp takes one of 80 MiB from a peer); an entry and a
// file are far smaller.
inline constexpr int max_value_bytes = 96 << 20;
static_assert(max_value_bytes > 2 * wire::max_draft_bytes &&
              max_value_bytes > 2 * tree::max_file_bytes);

// One prepared statement, bound and stepped once a use. Bound bytes must live until reset().
class Statement {
  public:
    Statement() = default;  // of no use until one is assigned
    void bind(int position, std::int64_t value);
    void bind(int position, std::uint64_t value) {
        bind(position, static_cast<std::int64_t>(value));
    }
    void bind_text(int position, std::string_view text);
    void bind_blob(int position, std::string_view bytes);

    // True: a row is there. False: done.
    Result<bool> step();
    // For a statement without rows: step once and reset.
    Result<void> run();
    void reset();

    // Valid until the next step or reset. Any type converts, as SQLite does it; NULL is 0 or "".
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::uint64_t unsigned_integer(int column) const {
        return static_cast<std::uint64_t>(integer(column));
    }
    [[nodiscard]] std::string_view bytes(int column) const;

  private:
    friend class Database;
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };
    explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
    void check_bound(int code);
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

enum class Access : std::uint8_t {
    create,       // a new file
    read_write,   // an existing one, locked against everybody else until it is closed
    inspect_only  // reads file and WAL without a lock and without writing a byte
};

// What production leaves as it is; tests put their own in.
struct Tuning {
    std::string vfs;               // empty: SQLite's default
    bool synchronous_full = true;  // false shows that the crash tests can fail
    int page_size = 0;             // 0: the store's
    int checkpoint_pages = 0;      // 0: the store's
};

class Database {
  public:
    static Result<Database> open(const std::string& path, Access access, const Tuning& tuning = {});
    Database(Database&&) = default;
    Database& operator=(Database&&) = default;

    // One or more statements without parameters.
    Result<void> execute(const char* sql, std::string_view doing);
    Result<Statement> prepare(std::string_view sql);
    // The first column of the only row.
    Result<std::int64_t> integer(std::string_view sql);

    [[nodiscard]] bool in_transaction() const;
    [[nodiscard]] sqlite3* handle() const { return connection_.get(); }

    // Closing then leaves the WAL as it is, instead of moving it into the database.
    void keep_wal_on_close(bool keep);

  private:
    struct Close {
        void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
    };
    explicit Database(sqlite3* connection) : connection_(connection) {}
    Result<void> configure(Access access, const Tuning& tuning);
    std::unique_ptr<sqlite3, Close> connection_;
};

}  // namespace pmx::sqlite
