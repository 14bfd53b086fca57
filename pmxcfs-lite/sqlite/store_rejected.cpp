// Changes that lost out, until they happen after all or somebody lets go of them.
#include <algorithm>

#include "base/log.h"
#include "sqlite/rejected_rows.h"
#include "sqlite/store.h"

namespace pmx::sqlite {

Result<void> Store::reject(const std::vector<ports::RejectedChange>& changes) {
    if (changes.empty()) return {};
    auto row = statements_.rejected_end.step();
    std::int64_t number = row ? statements_.rejected_end.integer(0) : 0;
    statements_.rejected_end.reset();
    if (!row) return fail(row.error());
    Result<void> done;
    for (const ports::RejectedChange& change : changes) {
        if (!done) return done;
        const std::string bytes = encode(change);
        const Checksum checksum = rejected_checksum(++number, bytes);
        Statement& insert = statements_.insert_rejected;
        insert.bind(1, number);
        insert.bind(2, std::uint64_t{change.request.node.value});
        insert.bind(3, change.request.boot.value);
        insert.bind(4, change.request.sequence);
        insert.bind(5, static_cast<std::uint64_t>(bytes.size()));
        insert.bind_blob(6, as_bytes(checksum));
        insert.bind_blob(7, bytes);
        done = insert.run();
    }
    if (done) done = make_room_for_rejected();
    return done;
}

Result<void> Store::make_room_for_rejected() {
    Statement& end = statements_.rejected_end;
    auto row = end.step();
    std::uint64_t bytes = row ? end.unsigned_integer(1) : 0;
    end.reset();
    std::vector<std::int64_t> oldest;
    Statement& select = statements_.oldest_rejected;
    while (row && bytes > ports::max_rejected_bytes) {
        row = select.step();
        if (!row || !*row) break;
        oldest.push_back(select.integer(0));
        bytes -= std::min(bytes, select.unsigned_integer(1));
    }
    select.reset();
    if (!row) return fail(row.error());
    if (oldest.empty()) return {};
    log::warning(
        std::to_string(oldest.size()) +
        " changes that lost out make room for newer ones: 'pmxctl conflicts' keeps 64 MiB");
    Result<void> done;
    for (const std::int64_t number : oldest) {
        if (!done) return done;
        statements_.remove_rejected_numbered.bind(1, number);
        done = statements_.remove_rejected_numbered.run();
    }
    return done;
}

Result<void> Store::no_longer_rejected(const std::vector<RequestId>& requests) {
    Result<void> done;
    for (const RequestId& request : requests) {
        if (!done) return done;
        Statement& remove = statements_.remove_rejected;
        remove.bind(1, std::uint64_t{request.node.value});
        remove.bind(2, request.boot.value);
        remove.bind(3, request.sequence);
        done = remove.run();
    }
    return done;
}

Result<std::vector<ports::RejectedChange>> Store::rejected() {
    std::vector<ports::RejectedChange> changes;
    std::int64_t number = 0;
    for (bool more = true; more;) {
        const std::lock_guard lock(mutex_);
        Statement& select = statements_.rejected_after;
        select.bind(1, number);
        Result<bool> row;
        more = false;
        for (row = select.step(); row && *row; row = select.step()) {
            more = true;
            number = select.integer(0);
            auto change = read_rejected_row(select);
            if (change) changes.push_back(std::move(*change));
        }
        select.reset();
        if (!row) return fail(row.error());
    }
    return changes;
}

}  // namespace pmx::sqlite
