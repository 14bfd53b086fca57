// A stored entry: what decodes must encode to the same bytes.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "wire/entry.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto entry = pmx::wire::decode_entry(bytes);
    if (entry && pmx::wire::encode(*entry) != bytes) std::abort();
    return 0;
}
