// A full disk: removals are written all the same, and what they free is given back.
#include <algorithm>
#include <utility>

#include "base/log.h"
#include "sqlite/frees_room.h"
#include "sqlite/store.h"

namespace pmx::sqlite {
namespace {

// The file gets smaller by this many pages at a time, each of which goes through the WAL.
constexpr const char* vacuum_step_sql = "PRAGMA incremental_vacuum(256)";
constexpr int max_vacuum_steps = 64;

}  // namespace

void Store::keep_reserve(Reserve reserve) {
    const std::lock_guard lock(mutex_);
    reserve_ = std::move(reserve);
    page_bytes_ = static_cast<std::uint64_t>(database_.integer("PRAGMA page_size").value_or(0));
    short_of_room_ = reserve_.exists() && !reserve_.whole();
}

Result<void> Store::write_once(const ports::WriteBatch& batch, const std::vector<Record>& records) {
    const Position before = position_;
    auto done = transaction(batch, records);
    if (done) return {};
    position_ = before;
    written_.clear();
    return roll_back(done.error());
}

Result<void> Store::write_where_there_is_room(const ports::WriteBatch& batch,
                                              const std::vector<Record>& records) {
    auto done = write_once(batch, records);
    if (done || done.error().code() != Code::no_space) return done;
    if (!reserve_holds_checkpoint_of(batch)) return done;
    while (!done && done.error().code() == Code::no_space &&
           may_use_reserve(batch, reserve_.more_than_half()) && reserve_.give_back_a_step()) {
        // With the WAL in the database, the next transaction begins at the WAL's beginning again.
        short_of_room_ = true;
        if (auto moved = move_wal(); !moved) return roll_back(moved.error());
        done = write_once(batch, records);
    }
    return done;
}

// In the WAL alone it would be in the way of all removals: with the next one it has become smaller.
bool Store::reserve_holds_checkpoint_of(const ports::WriteBatch& batch) const {
    return !batch.checkpoint ||
           2 * bytes_of(*batch.checkpoint) <= reserve_.bytes() + reserve_.free_bytes();
}

// Before a checkpoint adds to the database: then it finds the pages of what is forgotten.
Result<void> Store::forget_first(const ports::WriteBatch& batch) {
    if (!batch.checkpoint || !batch.forget_up_to) return {};
    ports::WriteBatch first;
    first.forget_up_to = std::min(*batch.forget_up_to, position_.base);
    auto done = write_where_there_is_room(first, {});
    // Without it the checkpoint may have room all the same.
    if (!done) return broken_ ? done : Result<void>();
    auto moved = move_wal();
    return moved ? moved : roll_back(moved.error());
}

void Store::note_room(const ports::WriteBatch& batch, const Result<void>& done) {
    if (!done && done.error().code() == Code::no_space) short_of_room_ = true;
    if (done) {
        for (const wire::EntryPtr& entry : batch.append)
            if (removes(*entry)) last_removal_ = entry->index;
    }
    // It gives nothing back before a checkpoint has it.
    room_is_due_ = last_removal_ > position_.base &&
                   (room_is_due_ || short_of_room_ || reserve_.disk_is_nearly_full());
}

// Half at a time, and only while the database has few pages to use again.
Result<bool> Store::history_makes_room() {
    if (!room_is_due_) return false;
    const auto unused = free_pages();
    const auto page_size = database_.integer("PRAGMA page_size");
    if (!unused || !page_size) return fail(unused ? page_size.error() : unused.error());
    const auto unused_bytes = static_cast<std::uint64_t>(*unused * *page_size);
    if (unused_bytes >= position_.entry_bytes / 2) return false;
    log::warning("the disk is full: the older half of the history makes room");
    return true;
}

// Pages that are free in the database go to the filesystem until the reserve is whole again.
Result<void> Store::give_room_back() {
    reserve_.fill();
    for (int step = 0; step < max_vacuum_steps && !reserve_.whole(); ++step) {
        const auto unused = free_pages();
        if (!unused) return fail(unused.error());
        if (*unused == 0) break;
        auto done = database_.execute(vacuum_step_sql, "making the database smaller");
        while (!done && done.error().code() == Code::no_space && reserve_.give_back_a_step()) {
            if (database_.in_transaction()) done = database_.execute("ROLLBACK", "rolling back");
            if (done) done = database_.execute(vacuum_step_sql, "making the database smaller");
        }
        if (!done && done.error().code() == Code::no_space) {
            return database_.in_transaction() ? database_.execute("ROLLBACK", "rolling back")
                                              : Result<void>();
        }
        if (done) done = move_wal();
        if (!done) return done;
        reserve_.fill();
    }
    // Who saves finds out whether there is room.
    if (reserve_.whole()) short_of_room_ = false;
    return {};
}

}  // namespace pmx::sqlite
