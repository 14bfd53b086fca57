#include "tests/support/refusing_vfs.h"

#include <atomic>
#include <cerrno>
#include <map>
#include <mutex>

namespace pmx {
namespace {

std::atomic<int> refusal = 0;  // an errno
sqlite3_vfs* real_vfs = nullptr;

// A database and its WAL have different tables, which write in the same way.
std::mutex methods_mutex;
std::map<const sqlite3_io_methods*, sqlite3_io_methods> refusing_methods;
std::atomic<decltype(sqlite3_io_methods::xWrite)> real_write = nullptr;

int write_or_refuse(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
    const int error_number = refusal;
    if (error_number == 0) return real_write.load()(file, data, size, offset);
    errno = error_number;  // which SQLite asks for after the call
    return error_number == ENOSPC ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

int open_refusing(sqlite3_vfs* /*vfs*/, const char* name, sqlite3_file* file, int flags, int* out) {
    const int code = real_vfs->xOpen(real_vfs, name, file, flags, out);
    if (code != SQLITE_OK || file->pMethods == nullptr) return code;
    const std::lock_guard lock(methods_mutex);
    const auto [methods, is_new] = refusing_methods.try_emplace(file->pMethods, *file->pMethods);
    if (is_new) {
        real_write = file->pMethods->xWrite;
        methods->second.xWrite = write_or_refuse;
    }
    file->pMethods = &methods->second;
    return code;
}

}  // namespace

RefusingVfs::RefusingVfs() {
    refusal = 0;
    real_vfs = sqlite3_vfs_find("unix");
    vfs_ = *real_vfs;
    vfs_.zName = "refusing";
    vfs_.xOpen = open_refusing;
    sqlite3_vfs_register(&vfs_, 1);
}

RefusingVfs::~RefusingVfs() {
    sqlite3_vfs_unregister(&vfs_);
}

void RefusingVfs::refuse_writes(int error_number) {
    refusal = error_number;
}

}  // namespace pmx
