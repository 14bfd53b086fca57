// The same call on two directories: one in the mount, one on a plain filesystem. What they answer
// must agree.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace pmx::test {

// What a call gave, so that two can be compared and told.
struct Answer {
    long value = 0;
    int error_number = 0;
    std::string bytes;  // read, or a listing
    friend bool operator==(const Answer&, const Answer&) = default;
};
std::string to_string(const Answer& answer);

enum Side : std::size_t { mount = 0, reference = 1 };

// A file opened on both sides.
struct TwinFile {
    std::array<int, 2> fd{-1, -1};
    std::uint64_t identity = 0;  // the reference's inode number
    int flags = 0;
    bool unsaved = false;
    bool written = false;  // what is unsaved has a write in it, so close saves it
};

class Twin {
  public:
    Twin(std::string mount_directory, std::string reference_directory)
        : roots_{std::move(mount_directory), std::move(reference_directory)} {}

    [[nodiscard]] std::string at(Side side, const std::string& path) const {
        return roots_[side] + "/" + path;
    }

    // Calls `call(side)` on both; ends the program when the answers differ.
    template <typename Call>
    Answer both(const std::string& what, Call call) {
        last_ = what;
        const Answer on_mount = call(mount);
        Answer on_reference = call(reference);
        if (on_mount != on_reference) differ(what, on_mount, on_reference);
        return on_reference;
    }

    // Every path below the roots, with type, size and content.
    void compare_trees();

    [[noreturn]] void differ(const std::string& what, const Answer& on_mount,
                             const Answer& on_reference) const;
    // Printed with a difference: how to see it again.
    std::string replay;

  private:
    std::array<std::string, 2> roots_;
    std::string last_;
};

// Of a system call that answers -1 and errno.
Answer answer_of(long result);
std::string names_in(const std::string& directory);
std::string content_of(const std::string& path);

}  // namespace pmx::test
