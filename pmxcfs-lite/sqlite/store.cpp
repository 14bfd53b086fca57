#include "sqlite/store.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.h"
#include "sqlite/history_rows.h"
#include "sqlite/rejected_rows.h"

namespace pmx::sqlite {
namespace {

// The WAL is moved into the database behind a checkpoint, which no caller waits for, once it has
// this many pages; with many times as many, behind any write.
constexpr int default_checkpoint_pages = 4000;
constexpr int impatience = 4;
constexpr int pages_near_a_full_disk = 256;

// Free pages are used again by the next entries. Only when they are most of a large file is it
// made smaller, a bit at a time.
constexpr std::int64_t free_pages_worth_shrinking = 4096;
constexpr const char* shrink_sql = "PRAGMA incremental_vacuum(2048)";

int note_wal_pages(void* pages, sqlite3* /*connection*/, const char* /*name*/, int count) {
    *static_cast<int*>(pages) = count;
    return SQLITE_OK;
}

}  // namespace

Result<Store::Statements> Store::prepare(Database& database) {
    std::optional<Error> error;
    const auto make = [&](const std::string& sql) {
        auto statement = database.prepare(sql);
        if (!statement) error = statement.error();
        return statement ? std::move(*statement) : Statement();
    };
    const std::string columns = history_columns;
    Statements statements{
        make("INSERT INTO record (name, checksum, value) VALUES (?, ?, ?) ON CONFLICT (name) "
             "DO UPDATE SET checksum = excluded.checksum, value = excluded.value"),
        make("DELETE FROM record WHERE name = ?"),
        make("INSERT INTO log (entry_index, chain, entry) VALUES (?, ?, ?)"),
        make("DELETE FROM log WHERE entry_index BETWEEN ? AND ?"),
        make("SELECT total(length(entry)) FROM log WHERE entry_index BETWEEN ? AND ?"),
        make("SELECT chain, entry FROM log WHERE entry_index = ?"),
        make("SELECT entry_index, length(entry), entry FROM log ORDER BY entry_index"),
        make("INSERT INTO inode (inode, parent, name, kind, mtime_ns, version, writer, checksum, "
             "content, withheld) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
        make("DELETE FROM inode WHERE inode = ?"),
        make("INSERT INTO history (" + columns +
             ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
        make("DELETE FROM history WHERE entry_index <= ?"),
        make("SELECT " + columns +
             " FROM history WHERE (entry_index, ordinal) < (?, ?) "
             "ORDER BY entry_index DESC, ordinal DESC LIMIT 256"),
        make("INSERT INTO rejected (number, node, boot, sequence, bytes, checksum, change) "
             "VALUES (?, ?, ?, ?, ?, ?, ?)"),
        make("DELETE FROM rejected WHERE node = ? AND boot = ? AND sequence = ?"),
        make("SELECT number, bytes FROM rejected ORDER BY number"),
        make("DELETE FROM rejected WHERE number = ?"),
        make("SELECT coalesce(max(number), 0), total(bytes) FROM rejected"),
        make("SELECT " + std::string(rejected_columns) +
             " FROM rejected WHERE number > ? ORDER BY number LIMIT 16"),
        make("INSERT OR REPLACE INTO aside (inode, checksum, node) VALUES (?, ?, ?)")};
    if (error) return fail(*error);
    return statements;
}

Result<std::unique_ptr<Store>> Store::create(Database database, UniqueFd lock,
                                             const Position& position, bool confirmed,
                                             int checkpoint_pages) {
    auto statements = prepare(database);
    if (!statements) return fail(statements.error());
    return std::unique_ptr<Store>(new Store(std::move(database), std::move(lock), position,
                                            confirmed, checkpoint_pages, std::move(*statements)));
}

Store::Store(Database database, UniqueFd lock, const Position& position, bool confirmed,
             int checkpoint_pages, Statements statements)
    : lock_(std::move(lock)),
      database_(std::move(database)),
      statements_(std::move(statements)),
      position_(position),
      confirmed_(confirmed),
      checkpoint_pages_(checkpoint_pages != 0 ? checkpoint_pages : default_checkpoint_pages) {
    database_.keep_wal_on_close(false);
    sqlite3_wal_hook(database_.handle(), note_wal_pages, &wal_pages_);
}

Store::~Store() = default;

Result<void> Store::write(const ports::WriteBatch& batch) {
    return write(batch, {});
}

Result<void> Store::write(const ports::WriteBatch& batch, const std::vector<Record>& records) {
    const std::lock_guard lock(mutex_);
    if (broken_) return fail(*broken_);
    if (!confirmed_) {
        return fail(Code::read_only, "what was saved of a damaged database is not confirmed yet");
    }
    Result<void> done;
    if (room_is_due_) done = forget_first(batch);
    if (done) done = write_where_there_is_room(batch, records);
    note_room(batch, done);
    if (!done) return done;
    const bool nobody_waits = batch.checkpoint || batch.install;
    done = move_wal_into_database(nobody_waits);
    if (done && (batch.forget_up_to || batch.install)) done = shrink();
    if (done && short_of_room_) done = give_room_back();
    if (!done) return roll_back(done.error());
    return {};
}

// A full disk leaves everything as it was. What any other error leaves is unknown: after a failed
// fsync the kernel forgets what was not written, and a second one would succeed over the loss.
Result<void> Store::roll_back(const Error& error) {
    Result<void> rolled_back;
    if (database_.in_transaction()) rolled_back = database_.execute("ROLLBACK", "rolling back");
    if (error.code() == Code::no_space && rolled_back) return fail(error);
    const Code code = error.code() == Code::no_space ? Code::io_error : error.code();
    broken_ = Error(code, error.message());
    database_.keep_wal_on_close(true);
    return fail(*broken_);
}

Result<void> Store::transaction(const ports::WriteBatch& batch,
                                const std::vector<Record>& records) {
    auto done = database_.execute("BEGIN IMMEDIATE", "beginning a transaction");
    if (done) done = write_parts(batch, records);
    if (done) done = database_.execute("COMMIT", "committing");
    return done;
}

Result<void> Store::write_parts(const ports::WriteBatch& batch,
                                const std::vector<Record>& records) {
    Result<void> done;
    if (batch.identity) done = put_record(record::identity, encode(*batch.identity));
    if (done && batch.promise) done = put_record(record::promise, encode(*batch.promise));
    if (done) done = reject(batch.reject);
    if (done) done = no_longer_rejected(batch.no_longer_rejected);
    if (done && batch.install) done = install(*batch.install);
    if (done) done = keep_aside(batch.keep_aside);
    if (done && batch.cut_after) {
        PMX_CHECK(*batch.cut_after >= position_.base, "cutting entries that are in the base");
        if (*batch.cut_after < position_.last) {
            done = remove_entries(next(*batch.cut_after), position_.last);
            position_.last = *batch.cut_after;
        }
    }
    for (const wire::EntryPtr& entry : batch.append)
        if (done) done = append(*entry);
    if (done && batch.checkpoint) done = write_checkpoint(*batch.checkpoint);
    if (done && batch.forget_up_to) done = forget_up_to(*batch.forget_up_to, batch);
    PMX_CHECK(!done || position_.last >= position_.base, "a base without the entries before it");
    for (const Record& record : records)
        if (done) done = put_record(record.name, record.value);
    return done;
}

Result<void> Store::put_record(std::string_view name, std::string_view value) {
    const Checksum checksum = record_checksum(name, value);
    const auto written = written_.find(name);
    if (written != written_.end() && written->second == checksum) return {};
    statements_.put_record.bind_text(1, name);
    statements_.put_record.bind_blob(2, as_bytes(checksum));
    statements_.put_record.bind_blob(3, value);
    auto done = statements_.put_record.run();
    if (done) written_.insert_or_assign(std::string(name), checksum);
    return done;
}

Result<void> Store::remove_entries(LogIndex from, LogIndex to) {
    statements_.bytes_between.bind(1, from.value);
    statements_.bytes_between.bind(2, to.value);
    auto row = statements_.bytes_between.step();
    if (row) position_.entry_bytes -= statements_.bytes_between.unsigned_integer(0);
    statements_.bytes_between.reset();
    if (!row) return fail(row.error());
    statements_.remove_entries_between.bind(1, from.value);
    statements_.remove_entries_between.bind(2, to.value);
    return statements_.remove_entries_between.run();
}

Result<void> Store::append(const wire::Entry& entry) {
    PMX_CHECK(entry.index == next(position_.last), "an entry that does not follow the last");
    const std::string bytes = wire::encode(entry);
    statements_.insert_entry.bind(1, entry.index.value);
    statements_.insert_entry.bind_blob(2, as_bytes(entry.chain));
    statements_.insert_entry.bind_blob(3, bytes);
    auto done = statements_.insert_entry.run();
    position_.last = entry.index;
    position_.entry_bytes += bytes.size();
    return done;
}

Result<void> Store::write_checkpoint(const ports::Checkpoint& checkpoint) {
    PMX_CHECK(checkpoint.base.index >= position_.base, "a checkpoint older than the last");
    auto done = write_nodes(checkpoint.changed, checkpoint.removed);
    for (const ports::HistoryChange& change : checkpoint.history) {
        if (!done) return done;
        const Checksum checksum = history_checksum(change);
        bind_history_row(statements_.insert_history, change, as_bytes(checksum));
        done = statements_.insert_history.run();
    }
    if (done) done = put_record(record::cluster_log, checkpoint.cluster_log);
    if (done) done = put_record(record::base, replica::encode(checkpoint.base));
    position_.base = checkpoint.base.index;
    return done;
}

// All out, then all in: two nodes that changed names with each other must not meet in between.
Result<void> Store::write_nodes(const std::vector<tree::Node>& changed,
                                const std::vector<Inode>& removed) {
    const auto remove = [this](Inode inode) {
        statements_.remove_inode.bind(1, inode.value);
        return statements_.remove_inode.run();
    };
    Result<void> done;
    for (const Inode inode : removed)
        if (done) done = remove(inode);
    for (const tree::Node& node : changed)
        if (done) done = remove(node.inode);
    for (const tree::Node& node : changed) {
        if (!done) return done;
        const Checksum checksum = inode_checksum(node);
        Statement& insert = statements_.insert_inode;
        insert.bind(1, node.inode.value);
        insert.bind(2, node.parent.value);
        insert.bind_text(3, node.name);
        insert.bind(4, static_cast<std::int64_t>(node.kind));
        insert.bind(5, to_ns(node.mtime));
        insert.bind(6, node.version.value);
        insert.bind(7, std::uint64_t{node.writer.value});
        insert.bind_blob(8, as_bytes(checksum));
        if (node.content) insert.bind_blob(9, *node.content);
        insert.bind(10, std::uint64_t{to_bits(node.withheld)});
        done = insert.run();
    }
    return done;
}

Result<void> Store::forget_up_to(LogIndex index, const ports::WriteBatch& batch) {
    PMX_CHECK(index <= position_.base, "forgetting entries that are in no base");
    if (index <= position_.floor.index) return {};
    auto chain = chain_of(index, batch);
    if (!chain) return fail(chain.error());
    auto done = remove_entries(next(position_.floor.index), index);
    if (!done) return done;
    position_.floor = {index, *chain};
    position_.last = std::max(position_.last, index);
    statements_.remove_history_up_to.bind(1, index.value);
    done = statements_.remove_history_up_to.run();
    if (done) done = put_record(record::floor, encode(position_.floor));
    return done;
}

Result<wire::Chain> Store::chain_of(LogIndex index, const ports::WriteBatch& batch) {
    // The base of a snapshot stands for entries that were never here.
    if (batch.checkpoint && batch.checkpoint->base.index == index) {
        return batch.checkpoint->base.chain;
    }
    auto entry = read_entry(index);
    if (!entry) return fail(entry.error());
    return entry->chain;
}

Result<wire::Entry> Store::read_entry(LogIndex index) {
    Statement& select = statements_.entry;
    select.bind(1, index.value);
    auto row = select.step();
    Result<wire::Entry> entry = fail(Code::corrupt, "it is not there");
    if (!row) entry = fail(row.error());
    if (row && *row) {
        entry = wire::decode_entry(select.bytes(1));
        const std::string_view chain = select.bytes(0);
        if (entry && chain.size() == entry->chain.size()) {
            std::copy(chain.begin(), chain.end(), entry->chain.begin());
        }
    }
    select.reset();
    if (entry) return entry;
    return fail(entry.error().while_doing("reading log entry " + std::to_string(index.value)));
}

Result<void> Store::move_wal_into_database(bool nobody_waits) {
    const int patience = nobody_waits ? checkpoint_pages_ : checkpoint_pages_ * impatience;
    // What is in the WAL needs room in the database too, which a full disk does not have.
    const auto wal_bytes = static_cast<std::uint64_t>(wal_pages_) * page_bytes_;
    const bool hurried = short_of_room_ || reserve_.is_little_for(wal_bytes) ||
                         (wal_pages_ >= pages_near_a_full_disk && reserve_.disk_is_nearly_full());
    if (wal_pages_ < patience && !hurried) return {};
    return move_wal();
}

Result<void> Store::move_wal() {
    const int code = sqlite3_wal_checkpoint_v2(database_.handle(), nullptr,
                                               SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    if (code == SQLITE_OK) return {};
    Error error = sqlite_error(database_.handle(), "moving the WAL into the database");
    // The batch is safe in the WAL, and the next one tries again.
    if (error.code() == Code::no_space) return {};
    return fail(std::move(error));
}

Result<void> Store::shrink() {
    auto unused = free_pages();
    auto pages = database_.integer("PRAGMA page_count");
    if (!unused || !pages) return fail(unused ? pages.error() : unused.error());
    if (*unused < free_pages_worth_shrinking || *unused < *pages / 2) return {};
    auto done = database_.execute(shrink_sql, "making the database smaller");
    if (!done && done.error().code() == Code::no_space) {
        if (!database_.in_transaction()) return {};
        return database_.execute("ROLLBACK", "rolling back");
    }
    return done;
}

Result<std::int64_t> Store::free_pages() {
    return database_.integer("PRAGMA freelist_count");
}

Result<wire::Entry> Store::entry(LogIndex index) {
    const std::lock_guard lock(mutex_);
    if (index <= position_.floor.index || index > position_.last) return fail(Code::not_found);
    return read_entry(index);
}

Result<LogIndex> Store::beyond(std::uint64_t max_bytes, WallTime oldest) {
    const std::lock_guard lock(mutex_);
    auto halved = history_makes_room();
    if (!halved) return fail(halved.error());
    if (*halved) max_bytes = std::min(max_bytes, position_.entry_bytes / 2);
    LogIndex beyond;
    std::uint64_t bytes_after = position_.entry_bytes;
    Result<bool> row;
    for (row = statements_.entries.step(); row && *row; row = statements_.entries.step()) {
        bytes_after -= statements_.entries.unsigned_integer(1);
        if (bytes_after <= max_bytes) {
            const auto entry = wire::decode_entry(statements_.entries.bytes(2));
            if (entry && entry->time >= oldest) break;
        }
        beyond = LogIndex(statements_.entries.unsigned_integer(0));
    }
    statements_.entries.reset();
    if (!row) return fail(row.error());
    return beyond;
}

Result<void> Store::confirm() {
    const std::lock_guard lock(mutex_);
    if (broken_) return fail(*broken_);
    if (confirmed_) return fail(Code::invalid_argument, "there is no recovery to confirm");
    statements_.remove_record.bind_text(1, record::recovery);
    auto done = statements_.remove_record.run();
    if (!done) return roll_back(done.error());
    confirmed_ = true;
    return {};
}

}  // namespace pmx::sqlite
