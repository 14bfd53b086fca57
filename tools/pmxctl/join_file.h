// The join file: all that a new node needs to come into a cluster. `pmxctl cluster add` makes it,
// `pmxctl cluster join` reads it. It holds the cluster's key: whoever has it can join.
//
//   {"pmxcfs_lite_join": 1,            the version of this format
//    "made_by": VERSION,               of pmxcfs-lite
//    "level": N,                       that the new node's pmxcfs-lite must know
//    "cluster": {"name", "id": HEX},
//    "node": {"name", "id"},           who the new node will be
//    "corosync_conf": TEXT,            with the new node in it
//    "authkey_base64": BASE64}
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "schema/corosync_conf.h"

namespace pmx::pmxctl {

inline constexpr std::size_t max_join_file_bytes = 1 << 20;

struct JoinFile {
    std::uint32_t level = 0;
    ClusterId cluster;
    std::string node_name;
    NodeId node;
    std::string corosync_conf;
    std::string key;

    // Of corosync_conf, which parse_join_file() has checked.
    [[nodiscard]] std::string cluster_name() const;
    [[nodiscard]] schema::CorosyncNode self() const;
};

std::string join_file_text(const JoinFile& file);

// Any bytes may be given: what comes out fits together. Code::invalid_argument says what does not.
Result<JoinFile> parse_join_file(std::string_view text);

std::optional<ClusterId> parse_cluster_id(std::string_view hex);

}  // namespace pmx::pmxctl
