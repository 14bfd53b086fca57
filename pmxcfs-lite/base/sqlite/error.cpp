#include "base/sqlite/error.h"

#include <cerrno>
#include <string>
#include <system_error>

#include "base/printable.h"

namespace pmx::sqlite {
namespace {

// SQLite itself says SQLITE_FULL only for ENOSPC in a write of the database or the WAL.
bool is_for_want_of_space(int extended, int system_errno) {
    // A failed fsync is never a full disk: what it left behind is unknown.
    const bool syncing = extended == SQLITE_IOERR_FSYNC || extended == SQLITE_IOERR_DIR_FSYNC;
    return !syncing && (system_errno == ENOSPC || system_errno == EDQUOT);
}

// Otherwise the errno is that of an earlier call.
bool names_errno(int extended) {
    const int primary = extended & 0xff;
    return primary == SQLITE_CANTOPEN || primary == SQLITE_IOERR;
}

}  // namespace

Code code_of(int extended, int system_errno) {
    switch (extended & 0xff) {
        case SQLITE_FULL:
            return Code::no_space;
        case SQLITE_ERROR:  // our SQL is right, so what it is about is not
        case SQLITE_FORMAT:
        case SQLITE_MISMATCH:
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return Code::corrupt;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return Code::busy;
        case SQLITE_TOOBIG:
            return Code::file_too_large;
        case SQLITE_CANTOPEN:
        case SQLITE_IOERR:
            if (extended == SQLITE_IOERR_SHORT_READ) return Code::corrupt;
            return is_for_want_of_space(extended, system_errno) ? Code::no_space : Code::io_error;
        default:
            return Code::io_error;
    }
}

Error sqlite_error(sqlite3* connection, std::string_view doing) {
    // sqlite3_system_errno() is that of an earlier call, or 0, where a COMMIT failed (SQLite 3.40).
    const int system_errno = errno;
    const int extended = sqlite3_extended_errcode(connection);
    std::string message = printable(sqlite3_errmsg(connection));  // may quote a damaged page
    message += " (SQLite " + std::to_string(extended);
    if (names_errno(extended) && system_errno != 0) {
        message += ", " + std::generic_category().message(system_errno);
    }
    message += ")";
    return Error(code_of(extended, system_errno), message).while_doing(doing);
}

}  // namespace pmx::sqlite
