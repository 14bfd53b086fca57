// The table `rejected`: its rows.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "ports/log_store.h"
#include "sqlite/database.h"

namespace pmx::sqlite {

inline constexpr const char* rejected_columns = "number, node, boot, sequence, checksum, change";

std::string encode(const ports::RejectedChange& change);
// Of a row of `rejected_columns`. Code::corrupt when it is not what was written.
Result<ports::RejectedChange> read_rejected_row(const Statement& row);

}  // namespace pmx::sqlite
