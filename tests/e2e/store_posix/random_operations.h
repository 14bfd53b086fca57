// Random operations on a Twin, drawn from a seed.
//
// The store differs from POSIX on purpose in three things, and the operations keep clear of them.
// Unsaved edits are seen by their own process only, so before anybody looks at a file through
// another handle or the path, the handle with unsaved edits is synced. An open handle is a
// snapshot, so a read first reads past the end, which lets go of it. A truncation without a write
// is saved after close, when nobody waits for it, so it is synced before.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tests/e2e/store_posix/twin.h"

namespace pmx::test {

class RandomOperations {
  public:
    RandomOperations(Twin& twin, std::uint64_t seed, bool verbose)
        : twin_(twin), random_(seed), verbose_(verbose) {}

    void one();
    // Syncs what is unsaved and compares the trees.
    void compare();
    void close_all();

  private:
    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
    std::string directory();
    std::string path();
    std::string bytes();
    std::size_t any_file() { return below(files_.size()); }
    template <typename Call>
    Answer both(const std::string& what, Call call);

    void open_file();
    void create_directory();
    void remove_file();
    void remove_directory();
    void rename_path();
    void truncate_path();
    void look_at_path();
    void list_directory();

    void write_bytes();
    void read_bytes();
    void truncate_open();
    void allocate();
    void copy_range();
    void look_at_open();
    void sync_file();
    void close_file();

    // Saves the edits of every handle of the file but `except`.
    void settle(std::uint64_t identity, const TwinFile* except = nullptr);
    void settle_path(const std::string& path);
    void sync(TwinFile& file);

    Twin& twin_;
    std::mt19937_64 random_;
    bool verbose_;
    std::uint64_t count_ = 0;
    std::vector<TwinFile> files_;
};

}  // namespace pmx::test
