// A stored base, its voters and request results inside: what decodes must encode to the same bytes.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "replica/base.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto base = pmx::replica::decode_base(bytes);
    if (base && pmx::replica::encode(*base) != bytes) std::abort();
    const auto voters = pmx::replica::decode_voters(bytes);
    if (voters && pmx::replica::encode(*voters) != bytes) std::abort();
    return 0;
}
