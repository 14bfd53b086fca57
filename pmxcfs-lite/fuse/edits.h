// What one handle did to a file and has not sent yet, in as few edits as say the same.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tree/op.h"

namespace pmx::fuse {

class Edits {
  public:
    void write(std::uint64_t offset, std::string_view bytes);
    void append(std::string_view bytes);
    void truncate(std::uint64_t size);
    void clear();

    [[nodiscard]] bool empty() const { return segments_.empty(); }
    // Of a file that has `before` bytes now.
    [[nodiscard]] std::uint64_t size_after(std::uint64_t before) const;
    // About what they take in an entry.
    [[nodiscard]] std::size_t encoded_bytes() const { return encoded_bytes_; }
    // As the log carries them.
    [[nodiscard]] std::vector<tree::Edit> list() const;

  private:
    // Writes and truncations up to the next append. Bytes from `cut` on are gone; when `size` is
    // set it is the size after all of it; then the extents are written: they are disjoint, do not
    // touch each other, and end at or before `size`.
    struct Patch {
        std::optional<std::uint64_t> cut;
        std::optional<std::uint64_t> size;
        std::map<std::uint64_t, std::string> extents;
    };
    struct Segment {
        std::optional<Patch> patch;
        std::string appended;  // when there is no patch
    };

    Patch& last_patch();

    std::vector<Segment> segments_;
    std::size_t encoded_bytes_ = 0;
};

}  // namespace pmx::fuse
