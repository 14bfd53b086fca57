#include <algorithm>
#include <limits>
#include <utility>

#include "ports/history_filter.h"
#include "sqlite/history_rows.h"
#include "sqlite/store.h"

namespace pmx::sqlite {
Result<std::vector<ports::HistoryRecord>> Store::history(const ports::HistoryQuery& query) {
    constexpr auto newest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    HistoryCursor cursor{LogIndex(std::min(query.before.value, newest)), 0};
    std::vector<ports::HistoryRecord> records;
    while (records.size() < query.limit) {
        auto rows = history_chunk(query, cursor, records);
        if (!rows) return fail(rows.error());
        if (*rows == 0) break;
    }
    return records;
}

Result<std::size_t> Store::history_chunk(const ports::HistoryQuery& query, HistoryCursor& cursor,
                                         std::vector<ports::HistoryRecord>& records) {
    const WriterFirstMutex::Reading lock(mutex_);
    Statement& select = statements_.history_before;
    select.bind(1, cursor.index.value);
    select.bind(2, std::uint64_t{cursor.ordinal});
    std::vector<ports::HistoryChange> changes;
    Result<bool> row;
    for (row = select.step(); row && *row; row = select.step()) {
        ports::HistoryChange change;
        if (!read_history_row(select, change)) {
            row = fail(Code::corrupt, "a history record of entry " +
                                          std::to_string(change.index.value) +
                                          " has a wrong checksum");
            break;
        }
        changes.push_back(std::move(change));
    }
    select.reset();
    if (!row) return fail(row.error());

    std::optional<wire::Entry> entry;
    for (ports::HistoryChange& change : changes) {
        cursor = {change.index, change.ordinal};
        if (records.size() == query.limit) break;
        if (!ports::asks_for(query, change.change)) continue;
        if (!entry || entry->index != change.index) {
            auto read = read_entry(change.index);
            if (!read) return fail(read.error());
            entry = std::move(*read);
        }
        records.push_back({change.index, change.ordinal, entry->view, entry->request, entry->time,
                           entry->actor, std::move(change.change)});
    }
    return changes.size();
}

}  // namespace pmx::sqlite
