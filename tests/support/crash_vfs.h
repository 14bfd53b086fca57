// An SQLite VFS that plays a disk and the crash of its machine.
//
// It passes everything to real files, and remembers what was not synced. crash() then leaves on the
// real files what a disk might: each unsynced write there, not there, or there in some of its
// sectors; truncations, new files and removals alike. Calls that change something are counted, and
// can be made to fail from any one on. A sync does not reach the real disk.
//
// Not thread-safe, no shared memory: for connections with locking_mode=EXCLUSIVE, one at a time.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace pmx::sqlite {

class CrashVfs {
  public:
    explicit CrashVfs(const char* name);
    ~CrashVfs();
    CrashVfs(const CrashVfs&) = delete;
    CrashVfs& operator=(const CrashVfs&) = delete;

    enum class Fault : std::uint8_t {
        cut,        // this call and all later ones do nothing: the machine is gone
        full,       // writes that make a file longer fail until heal()
        sync_once,  // this call, a sync, fails; nothing else does
    };
    // Changing calls are numbered from 1 on, since the last restart().
    void fail_from(Fault fault, std::uint64_t call);
    void heal() { fault_.reset(); }
    [[nodiscard]] std::uint64_t calls() const { return calls_; }
    [[nodiscard]] bool struck() const { return struck_; }
    // Which of the calls so far were syncs.
    [[nodiscard]] const std::vector<std::uint64_t>& syncs() const { return syncs_; }

    enum class Survivors : std::uint8_t { none, all, some, some_sectors };
    // Every file must be closed. What survives of what was not synced is drawn from the seed.
    void crash(Survivors survivors, std::uint32_t seed);
    // Forgets faults and files; what the files hold now counts as synced.
    void restart();

  private:
    struct Change {  // not synced
        enum class Kind : std::uint8_t { write, truncate, remove };
        Kind kind = Kind::write;
        std::size_t offset = 0;  // truncate: the new size
        std::string bytes;
    };
    struct Disk {
        std::optional<std::string> durable;  // nothing: no such file
        std::vector<Change> changes;
    };
    struct File {
        sqlite3_file base;
        CrashVfs* vfs;
        Disk* disk;
        sqlite3_file* real;
    };

    static File& file_of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
    static CrashVfs& self(sqlite3_vfs* vfs) { return *static_cast<CrashVfs*>(vfs->pAppData); }
    static void apply(std::optional<std::string>& content, const Change& change);
    static std::optional<std::string> survive(const Disk& disk, Survivors survivors,
                                              std::mt19937& random);

    // SQLITE_OK, or the error that a changing call shall return without doing anything.
    int begin_change(bool grows, bool sync);
    Disk& disk_of(const std::string& path);

    static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out);
    static int remove(sqlite3_vfs* vfs, const char* name, int sync_directory);
    static int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset);
    static int truncate(sqlite3_file* file, sqlite3_int64 size);
    static int sync(sqlite3_file* file, int flags);
    static const sqlite3_io_methods* methods();

    sqlite3_vfs* real_;
    sqlite3_vfs vfs_{};
    std::map<std::string, Disk> disks_;
    std::uint64_t calls_ = 0;
    std::vector<std::uint64_t> syncs_;
    std::optional<Fault> fault_;
    std::uint64_t fault_call_ = 0;
    bool struck_ = false;
};

// The whole file; nothing: there is none. Put in place: it stays the same file.
std::optional<std::string> content_of(const std::string& path);
void put_content(const std::string& path, const std::optional<std::string>& content);

}  // namespace pmx::sqlite
