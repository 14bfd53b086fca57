// The one classification of SQLite's errors, for every database of the project.
#pragma once

#include <sqlite3.h>

#include <string_view>

#include "base/result.h"

namespace pmx::sqlite {

// What an extended result code means, with the errno of the system call that failed:
//
//   no_space        disk or quota is full; the transaction can be rolled back and tried again
//   corrupt         the file is not what was written
//   busy            another connection has a lock
//   file_too_large  a value is longer than the connection takes
//   io_error        all else, a failed sync included: what is on the disk is unknown
Code code_of(int extended, int system_errno);

// The error of the last call on the connection, asked for by the thread that made it and before
// anything else changes its errno.
Error sqlite_error(sqlite3* connection, std::string_view doing);

}  // namespace pmx::sqlite
