// The LogStore on an open database.
//
// One connection does everything, under one mutex: the file is locked exclusively, so there is no
// second one. A history query lets go of the mutex every few milliseconds for the writer.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "ports/log_store.h"
#include "sqlite/database.h"
#include "sqlite/records.h"
#include "sqlite/reserve.h"
#include "sqlite/writer_first_mutex.h"

namespace pmx::sqlite {

class Store final : public ports::LogStore {
  public:
    // What is in the database, as read at open.
    struct Position {
        Floor floor;
        LogIndex base;
        LogIndex last;
        std::uint64_t entry_bytes = 0;
    };

    // A database just made, or one that was found whole. `lock` (of the state directory) may be
    // none. Read-only until confirm() when it holds an unconfirmed recovery.
    static Result<std::unique_ptr<Store>> create(Database database, UniqueFd lock,
                                                 const Position& position, bool confirmed,
                                                 int checkpoint_pages = 0);
    ~Store() override;

    Result<void> write(const ports::WriteBatch& batch) override;
    Result<std::vector<ports::HistoryRecord>> history(const ports::HistoryQuery& query) override;
    Result<wire::Entry> entry(LogIndex index) override;
    Result<LogIndex> beyond(std::uint64_t max_bytes, WallTime oldest) override;
    Result<std::vector<ports::RejectedChange>> rejected() override;

    // Code::invalid_argument when nothing waits for it.
    Result<void> confirm();

    // Of the records that no batch writes: place, schema, recovery. Together with the batch.
    struct Record {
        std::string_view name;
        std::string value;
    };
    Result<void> write(const ports::WriteBatch& batch, const std::vector<Record>& records);

    [[nodiscard]] bool short_of_room() const override { return short_of_room_; }
    [[nodiscard]] bool room_is_due() const override { return room_is_due_; }
    // What removals may use on a full disk. Before the first write.
    void keep_reserve(Reserve reserve);

  private:
    struct Statements {
        Statement put_record, remove_record;
        Statement insert_entry, remove_entries_between, bytes_between, entry, entries;
        Statement insert_inode, remove_inode;
        Statement insert_history, remove_history_up_to, history_before;
        Statement insert_rejected, remove_rejected, oldest_rejected, remove_rejected_numbered;
        Statement rejected_end, rejected_after;
        Statement put_aside;
    };

    Store(Database database, UniqueFd lock, const Position& position, bool confirmed,
          int checkpoint_pages, Statements statements);
    static Result<Statements> prepare(Database& database);

    // store_room.cpp
    Result<void> write_where_there_is_room(const ports::WriteBatch& batch,
                                           const std::vector<Record>& records);
    Result<void> write_once(const ports::WriteBatch& batch, const std::vector<Record>& records);
    Result<void> forget_first(const ports::WriteBatch& batch);
    Result<void> give_room_back();
    Result<bool> history_makes_room();
    void note_room(const ports::WriteBatch& batch, const Result<void>& done);
    [[nodiscard]] bool reserve_holds_checkpoint_of(const ports::WriteBatch& batch) const;

    Result<void> transaction(const ports::WriteBatch& batch, const std::vector<Record>& records);
    Result<void> write_parts(const ports::WriteBatch& batch, const std::vector<Record>& records);
    Result<void> put_record(std::string_view name, std::string_view value);
    Result<void> remove_entries(LogIndex from, LogIndex to);
    Result<void> append(const wire::Entry& entry);
    Result<void> write_checkpoint(const ports::Checkpoint& checkpoint);
    Result<void> write_nodes(const std::vector<tree::Node>& changed,
                             const std::vector<Inode>& removed);

    // store_snapshot.cpp
    Result<void> install(const replica::Install& install);
    Result<void> keep_aside(const std::vector<tree::Node>& nodes);

    // store_rejected.cpp
    Result<void> reject(const std::vector<ports::RejectedChange>& changes);
    Result<void> make_room_for_rejected();
    Result<void> no_longer_rejected(const std::vector<RequestId>& requests);

    Result<void> forget_up_to(LogIndex index, const ports::WriteBatch& batch);
    Result<wire::Chain> chain_of(LogIndex index, const ports::WriteBatch& batch);
    Result<void> move_wal_into_database(bool nobody_waits);
    Result<void> move_wal();
    Result<void> shrink();
    Result<std::int64_t> free_pages();
    Result<void> roll_back(const Error& error);

    // The records before it are still to be looked at.
    struct HistoryCursor {
        LogIndex index;
        std::uint32_t ordinal = 0;
    };
    // How many records were looked at; 0 at the end.
    Result<std::size_t> history_chunk(const ports::HistoryQuery& query, HistoryCursor& cursor,
                                      std::vector<ports::HistoryRecord>& records);
    Result<wire::Entry> read_entry(LogIndex index);

    UniqueFd lock_;  // let go after the database is closed
    WriterFirstMutex mutex_;
    Database database_;
    Statements statements_;
    Position position_;
    bool confirmed_;
    const int checkpoint_pages_;
    int wal_pages_ = 0;
    Reserve reserve_;
    std::uint64_t page_bytes_ = 0;
    std::atomic<bool> short_of_room_ = false;
    std::atomic<bool> room_is_due_ = false;
    LogIndex last_removal_;                                 // since this was opened
    std::map<std::string, Checksum, std::less<>> written_;  // of records, to skip what is there
    std::optional<Error> broken_;  // the disk failed; nothing is written any more
};

}  // namespace pmx::sqlite
