#include "tests/support/crash_vfs.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/file.h"
#include "base/unique_fd.h"

namespace pmx::sqlite {
namespace {

constexpr std::size_t sector_bytes = 512;

}  // namespace

void put_content(const std::string& path, const std::optional<std::string>& content) {
    if (!content) {
        ::unlink(path.c_str());
        return;
    }
    // Not truncated first: some filesystems then write the file out when it is closed.
    const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    const bool done = write_all(file.get(), *content, path) &&
                      ::ftruncate(file.get(), static_cast<off_t>(content->size())) == 0;
    PMX_CHECK(done, "a test's file cannot be written");
}

std::optional<std::string> content_of(const std::string& path) {
    auto content = read_file(path, 1U << 30);
    if (content) return std::move(*content);
    return std::nullopt;
}

CrashVfs::CrashVfs(const char* name) : real_(sqlite3_vfs_find("unix-none")) {
    vfs_.iVersion = 1;
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
    vfs_.mxPathname = real_->mxPathname;
    vfs_.zName = name;
    vfs_.pAppData = this;
    vfs_.xOpen = open;
    vfs_.xDelete = remove;
    vfs_.xAccess = [](sqlite3_vfs* vfs, const char* path, int flags, int* out) {
        sqlite3_vfs* real = self(vfs).real_;
        return real->xAccess(real, path, flags, out);
    };
    vfs_.xFullPathname = [](sqlite3_vfs* vfs, const char* path, int size, char* out) {
        sqlite3_vfs* real = self(vfs).real_;
        return real->xFullPathname(real, path, size, out);
    };
    vfs_.xRandomness = [](sqlite3_vfs* vfs, int size, char* out) {
        sqlite3_vfs* real = self(vfs).real_;
        return real->xRandomness(real, size, out);
    };
    vfs_.xSleep = [](sqlite3_vfs* vfs, int microseconds) {
        sqlite3_vfs* real = self(vfs).real_;
        return real->xSleep(real, microseconds);
    };
    vfs_.xCurrentTime = [](sqlite3_vfs* vfs, double* out) {
        sqlite3_vfs* real = self(vfs).real_;
        return real->xCurrentTime(real, out);
    };
    vfs_.xGetLastError = [](sqlite3_vfs* vfs, int size, char* out) {
        sqlite3_vfs* real = self(vfs).real_;
        return real->xGetLastError(real, size, out);
    };
    sqlite3_vfs_register(&vfs_, 0);
}

CrashVfs::~CrashVfs() {
    sqlite3_vfs_unregister(&vfs_);
}

void CrashVfs::fail_from(Fault fault, std::uint64_t call) {
    fault_ = fault;
    fault_call_ = call;
    struck_ = false;
}

int CrashVfs::begin_change(bool grows, bool sync) {
    if (struck_ && fault_ == Fault::cut) return SQLITE_IOERR;
    ++calls_;
    if (sync) syncs_.push_back(calls_);
    if (!fault_ || calls_ < fault_call_) return SQLITE_OK;
    if (*fault_ == Fault::full && !grows) return SQLITE_OK;
    if (*fault_ == Fault::sync_once && (calls_ > fault_call_ || !sync)) return SQLITE_OK;
    struck_ = true;
    if (*fault_ == Fault::full) return SQLITE_FULL;
    return sync ? SQLITE_IOERR_FSYNC : SQLITE_IOERR_WRITE;
}

CrashVfs::Disk& CrashVfs::disk_of(const std::string& path) {
    const auto [disk, is_new] = disks_.try_emplace(path);
    if (is_new) disk->second.durable = content_of(path);
    return disk->second;
}

void CrashVfs::apply(std::optional<std::string>& content, const Change& change) {
    if (change.kind == Change::Kind::remove) {
        content.reset();
        return;
    }
    if (!content) content.emplace();
    if (change.kind == Change::Kind::truncate) {
        content->resize(change.offset);
        return;
    }
    const std::size_t end = change.offset + change.bytes.size();
    if (content->size() < end) content->resize(end);
    content->replace(change.offset, change.bytes.size(), change.bytes);
}

std::optional<std::string> CrashVfs::survive(const Disk& disk, Survivors survivors,
                                             std::mt19937& random) {
    std::optional<std::string> content = disk.durable;
    for (const Change& change : disk.changes) {
        if (survivors == Survivors::none) break;
        const bool torn =
            survivors == Survivors::some_sectors && change.kind == Change::Kind::write;
        if (survivors == Survivors::all || (!torn && random() % 2 == 0)) apply(content, change);
        if (!torn) continue;
        for (std::size_t at = 0; at < change.bytes.size();) {
            const std::size_t in_sector = sector_bytes - (change.offset + at) % sector_bytes;
            const std::size_t size = std::min(in_sector, change.bytes.size() - at);
            Change part{Change::Kind::write, change.offset + at, change.bytes.substr(at, size)};
            if (random() % 2 == 0) apply(content, part);
            at += size;
        }
    }
    return content;
}

void CrashVfs::crash(Survivors survivors, std::uint32_t seed) {
    std::mt19937 random(seed);
    for (const auto& [path, disk] : disks_)
        put_content(path, survive(disk, survivors, random));
    restart();
}

void CrashVfs::restart() {
    disks_.clear();
    calls_ = 0;
    syncs_.clear();
    fault_.reset();
    struck_ = false;
}

int CrashVfs::open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
    CrashVfs& me = self(vfs);
    File& opened = file_of(file);
    opened.base.pMethods = nullptr;
    opened.vfs = &me;
    opened.real = reinterpret_cast<sqlite3_file*>(&opened + 1);
    if (me.struck_ && me.fault_ == Fault::cut) return SQLITE_IOERR;
    static Disk scratch;  // of temporary files, which no crash needs
    const bool is_new = name != nullptr && ::access(name, F_OK) != 0;
    if (is_new && me.begin_change(true, false) != SQLITE_OK) return SQLITE_CANTOPEN;
    opened.disk = name != nullptr ? &me.disk_of(name) : &scratch;
    const int code = me.real_->xOpen(me.real_, name, opened.real, flags, out);
    if (code == SQLITE_OK) opened.base.pMethods = methods();
    return code;
}

int CrashVfs::remove(sqlite3_vfs* vfs, const char* name, int sync_directory) {
    CrashVfs& me = self(vfs);
    if (const int code = me.begin_change(false, false); code != SQLITE_OK) return code;
    Disk& disk = me.disk_of(name);
    disk.changes.push_back({Change::Kind::remove, 0, {}});
    if (sync_directory != 0) disk = {};
    return me.real_->xDelete(me.real_, name, 0);
}

int CrashVfs::write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
    File& me = file_of(file);
    Change change;
    change.offset = static_cast<std::size_t>(offset);
    change.bytes.assign(static_cast<const char*>(data), static_cast<std::size_t>(size));
    sqlite3_int64 length = 0;
    me.real->pMethods->xFileSize(me.real, &length);
    const bool was_gone = me.vfs->struck_ && me.vfs->fault_ == Fault::cut;
    const int code = me.vfs->begin_change(offset + size > length, false);
    // The write that the crash came in may have reached the disk, or a part of it.
    if (code == SQLITE_OK || (me.vfs->fault_ == Fault::cut && !was_gone)) {
        me.disk->changes.push_back(std::move(change));
    }
    if (code != SQLITE_OK) return code;
    return me.real->pMethods->xWrite(me.real, data, size, offset);
}

int CrashVfs::truncate(sqlite3_file* file, sqlite3_int64 size) {
    File& me = file_of(file);
    if (const int code = me.vfs->begin_change(false, false); code != SQLITE_OK) return code;
    me.disk->changes.push_back({Change::Kind::truncate, static_cast<std::size_t>(size), {}});
    return me.real->pMethods->xTruncate(me.real, size);
}

int CrashVfs::sync(sqlite3_file* file, int /*flags*/) {
    File& me = file_of(file);
    if (const int code = me.vfs->begin_change(false, true); code != SQLITE_OK) return code;
    for (const Change& change : std::exchange(me.disk->changes, {}))
        apply(me.disk->durable, change);
    if (!me.disk->durable) me.disk->durable.emplace();
    return SQLITE_OK;
}

const sqlite3_io_methods* CrashVfs::methods() {
    static const sqlite3_io_methods methods = [] {
        sqlite3_io_methods table{};
        table.iVersion = 1;
        table.xClose = [](sqlite3_file* file) {
            sqlite3_file* real = file_of(file).real;
            return real->pMethods->xClose(real);
        };
        table.xRead = [](sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
            sqlite3_file* real = file_of(file).real;
            return real->pMethods->xRead(real, out, size, offset);
        };
        table.xWrite = write;
        table.xTruncate = truncate;
        table.xSync = sync;
        table.xFileSize = [](sqlite3_file* file, sqlite3_int64* size) {
            sqlite3_file* real = file_of(file).real;
            return real->pMethods->xFileSize(real, size);
        };
        table.xLock = [](sqlite3_file*, int) { return SQLITE_OK; };
        table.xUnlock = [](sqlite3_file*, int) { return SQLITE_OK; };
        table.xCheckReservedLock = [](sqlite3_file*, int* out) {
            *out = 0;
            return SQLITE_OK;
        };
        table.xFileControl = [](sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; };
        table.xSectorSize = [](sqlite3_file*) { return static_cast<int>(sector_bytes); };
        table.xDeviceCharacteristics = [](sqlite3_file* file) {
            sqlite3_file* real = file_of(file).real;
            return real->pMethods->xDeviceCharacteristics(real);
        };
        return table;
    }();
    return &methods;
}

}  // namespace pmx::sqlite
