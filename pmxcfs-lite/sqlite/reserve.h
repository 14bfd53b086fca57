// Room on the disk that is kept for removals: a file without content beside the database. On a full
// disk a removal, a promise and a checkpoint are still written, as they need a few pages before
// they can give any back; the file is made shorter for that, a step at a time, and whole again once
// there is room.
#pragma once

#include <cstdint>
#include <string>

#include "base/unique_fd.h"

namespace pmx::sqlite {

class Reserve {
  public:
    Reserve() = default;  // none: nothing can be given back
    // The file in this directory, as whole as the disk has room for. Its size is an eighth of the
    // filesystem, within bounds. The least is what the WAL may hold, and a checkpoint: in the WAL,
    // and in the database once more.
    explicit Reserve(const std::string& directory);

    static constexpr std::uint64_t most_bytes = 32U << 20;
    static constexpr std::uint64_t least_bytes = 12U << 20;
    static constexpr std::uint64_t steps = 8;

    // False: nothing is left.
    bool give_back_a_step();
    // As far as the filesystem has room beyond it.
    void fill();
    [[nodiscard]] bool exists() const { return static_cast<bool>(file_); }
    [[nodiscard]] bool whole() const { return bytes_ >= wanted_; }
    [[nodiscard]] bool more_than_half() const { return bytes_ > wanted_ / 2; }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    // More than the WAL may hold before it is moved into the database, where it needs room again.
    [[nodiscard]] bool is_little_for(std::uint64_t wal_bytes) const {
        return exists() && wal_bytes > wanted_ / 4;
    }
    // The filesystem has little room besides: twice what is kept here.
    [[nodiscard]] bool disk_is_nearly_full() const;

    [[nodiscard]] std::uint64_t free_bytes() const;

  private:
    UniqueFd file_;
    std::uint64_t wanted_ = 0;
    std::uint64_t bytes_ = 0;
};

}  // namespace pmx::sqlite
