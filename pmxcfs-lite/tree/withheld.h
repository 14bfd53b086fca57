// What a file or directory keeps back of what its place gives: the part of chmod and chown that the
// tree knows.
#pragma once

#include <cstdint>

namespace pmx::tree {

struct Withheld {
    std::uint16_t mode = 0;  // of rwxrwxrwx, the bits that would be there and are not
    bool group = false;      // root's group has it, not the one that reads the store
    friend bool operator==(const Withheld&, const Withheld&) = default;
};

// On disk and on the wire: the mode's bits, and this one for the group. 0: nothing.
inline constexpr std::uint16_t group_withheld_bit = 01000;

constexpr std::uint16_t to_bits(const Withheld& withheld) {
    return static_cast<std::uint16_t>(withheld.mode | (withheld.group ? group_withheld_bit : 0));
}
constexpr Withheld withheld_of_bits(std::uint16_t bits) {
    return {static_cast<std::uint16_t>(bits & ~group_withheld_bit),
            (bits & group_withheld_bit) != 0};
}

}  // namespace pmx::tree
