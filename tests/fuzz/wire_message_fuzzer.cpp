// A message from a peer: what decodes must encode to the same bytes.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "wire/draft.h"
#include "wire/message.h"
#include "wire/peer_message.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto message = pmx::wire::decode_message(bytes);
    if (message && pmx::wire::encode(*message) != bytes) std::abort();
    const auto draft = pmx::wire::decode_draft(bytes);
    if (draft && pmx::wire::encode(*draft) != bytes) std::abort();
    const auto peer_message = pmx::wire::decode_peer_message(bytes);
    if (peer_message && pmx::wire::encode(*peer_message) != bytes) std::abort();
    return 0;
}
