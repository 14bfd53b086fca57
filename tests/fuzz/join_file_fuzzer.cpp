// Any bytes as a join file: what is accepted fits together, and is written as it was read.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "tools/pmxctl/join_file.h"

namespace pmxctl = pmx::pmxctl;

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto file = pmxctl::parse_join_file({reinterpret_cast<const char*>(data), size});
    if (!file) return 0;
    PMX_CHECK(file->self().id == file->node.value, "the node is not the one in corosync.conf");
    const auto again = pmxctl::parse_join_file(pmxctl::join_file_text(*file));
    PMX_CHECK(again.has_value(), "what was written is not accepted");
    PMX_CHECK(again->key == file->key && again->cluster == file->cluster, "it reads otherwise");
    PMX_CHECK(again->corosync_conf == file->corosync_conf, "it reads otherwise");
    return 0;
}
