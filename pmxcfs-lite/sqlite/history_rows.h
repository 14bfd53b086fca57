// The table `history`: its rows, and the query over them.
#pragma once

#include <vector>

#include "base/result.h"
#include "ports/log_store.h"
#include "sqlite/database.h"

namespace pmx::sqlite {

// In the order in which read_history_row() finds and bind_history_row() puts them.
inline constexpr const char* history_columns =
    "entry_index, ordinal, kind, node_kind, inode, parent, path, size, old_parent, old_path, "
    "replaced, checksum, withheld, closed";
// Of a database that has not come to schema version 3 yet.
inline constexpr const char* history_columns_before_3 =
    "entry_index, ordinal, kind, node_kind, inode, parent, path, size, old_parent, old_path, "
    "replaced, checksum, 0, 0";

// The bound statement refers to `history`.
void bind_history_row(Statement& insert, const ports::HistoryChange& history,
                      std::string_view checksum);
// False when the row's checksum is wrong; its index and ordinal are filled in all the same.
bool read_history_row(const Statement& row, ports::HistoryChange& history);

}  // namespace pmx::sqlite
