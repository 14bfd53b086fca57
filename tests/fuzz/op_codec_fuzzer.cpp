// Whatever bytes an entry carries: they decode to an operation whose encoding they are, or not.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "tree/cluster_log.h"
#include "tree/op.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (const auto op = pmx::tree::decode_op(bytes)) {
        PMX_CHECK(pmx::tree::encode(*op) == bytes, "an operation has two encodings");
    }
    if (const auto log = pmx::tree::ClusterLog::decode(bytes)) {
        PMX_CHECK(log->encode() == bytes, "a cluster log has two encodings");
    }
    return 0;
}
