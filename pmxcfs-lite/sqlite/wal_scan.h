// Looks through a WAL for what SQLite passes over in silence: it reads frames up to the first that
// is not right and takes that for the end. After a crash it is, when it was the last transaction's
// and not synced. But each transaction is synced before the next is written: where a later one is
// whole, an earlier one was once on the disk, and is lost.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"

namespace pmx::sqlite {

struct WalFindings {
    std::optional<std::string> damage;
    std::optional<std::string> warning;  // of a crash or of damage, which cannot be told apart
};

// No file, or an empty one, is fine. The format: https://sqlite.org/fileformat2.html#walformat
Result<WalFindings> scan_wal(const std::string& path);

}  // namespace pmx::sqlite
