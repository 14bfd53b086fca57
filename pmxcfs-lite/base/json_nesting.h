// How deep JSON from somebody else nests, before it is parsed: what copies and prints parsed JSON
// calls itself for each level, and a few hundred KiB of brackets would end the process.
#pragma once

#include <cstddef>
#include <string_view>

namespace pmx {

// True when arrays and objects of `text` are inside each other in more than `levels` levels. Any
// bytes may be given.
bool json_nests_deeper_than(std::string_view text, std::size_t levels);

}  // namespace pmx
