#include "sqlite/history_rows.h"

#include <string>
#include <string_view>

#include "sqlite/records.h"

namespace pmx::sqlite {
namespace {

std::string name_in(std::string_view path) {
    return std::string(path.substr(path.rfind('/') + 1));
}

}  // namespace

void bind_history_row(Statement& insert, const ports::HistoryChange& history,
                      std::string_view checksum) {
    const tree::Change& change = history.change;
    insert.bind(1, history.index.value);
    insert.bind(2, std::uint64_t{history.ordinal});
    insert.bind(3, static_cast<std::int64_t>(change.kind));
    insert.bind(4, static_cast<std::int64_t>(change.node));
    insert.bind(5, change.inode.value);
    insert.bind(6, change.parent.value);
    insert.bind_text(7, change.path);
    insert.bind(8, change.size);
    insert.bind(9, change.old_parent.value);
    insert.bind_text(10, change.old_path);
    insert.bind(11, change.replaced.value);
    insert.bind_blob(12, checksum);
    insert.bind(13, std::uint64_t{to_bits(change.withheld)});
    insert.bind(14, std::uint64_t{change.closed ? 1U : 0U});
}

bool read_history_row(const Statement& row, ports::HistoryChange& history) {
    tree::Change& change = history.change;
    history.index = LogIndex(row.unsigned_integer(0));
    history.ordinal = static_cast<std::uint32_t>(row.integer(1));
    change.kind = static_cast<tree::ChangeKind>(row.integer(2));
    change.node = static_cast<tree::NodeKind>(row.integer(3));
    change.inode = Inode(row.unsigned_integer(4));
    change.parent = Inode(row.unsigned_integer(5));
    change.path = row.bytes(6);
    change.name = name_in(change.path);
    change.size = row.unsigned_integer(7);
    change.old_parent = Inode(row.unsigned_integer(8));
    change.old_path = row.bytes(9);
    change.old_name = name_in(change.old_path);
    change.replaced = Inode(row.unsigned_integer(10));
    change.withheld = tree::withheld_of_bits(static_cast<std::uint16_t>(row.integer(12)));
    change.closed = row.integer(13) != 0;
    return row.bytes(11) == as_bytes(history_checksum(history));
}

}  // namespace pmx::sqlite
