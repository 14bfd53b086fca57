// corosync.conf: who is in the cluster and how its nodes find each other.
//
// The file in the root of the mount is the cluster's; corosync reads the copy in /etc/corosync,
// which each node takes over when config_version has grown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "schema/corosync_sections.h"
#include "schema/problem.h"

namespace pmx::schema {

inline constexpr std::string_view corosync_conf_file = "corosync.conf";
inline constexpr std::size_t max_corosync_conf_bytes = 256 << 10;
inline constexpr std::size_t max_corosync_links = 8;  // knet's

struct CorosyncNode {
    std::uint32_t id = 0;
    std::string name;
    std::vector<std::string> addresses;  // of link 0, 1, ...
    friend bool operator==(const CorosyncNode&, const CorosyncNode&) = default;
};

class CorosyncConf {
  public:
    // For a cluster of one node, config_version 1.
    static CorosyncConf create(const std::string& cluster_name, const CorosyncNode& first);

    [[nodiscard]] std::string text() const { return corosync_sections_text(file_); }
    [[nodiscard]] const CorosyncSection& sections() const { return file_; }
    [[nodiscard]] const std::string& cluster_name() const { return cluster_name_; }
    [[nodiscard]] std::uint64_t config_version() const { return config_version_; }
    [[nodiscard]] const std::vector<CorosyncNode>& nodes() const { return nodes_; }
    [[nodiscard]] bool has_two_node() const;
    // An arbiter beside the nodes, which has a vote of its own.
    [[nodiscard]] bool has_quorum_device() const;
    // Null when there is none.
    [[nodiscard]] const CorosyncNode* find(std::string_view name) const;
    [[nodiscard]] std::uint32_t next_free_id() const;

    // Each makes it the next config_version, and lets two_node be there exactly while there are two
    // nodes and no quorum device. Where the votes of a device follow the number of nodes and are
    // written down, they are the right ones for the new list.
    //
    // Code::already_exists: the name, the id or an address. Code::invalid_argument: not as many
    // addresses as the others have.
    Result<void> add(const CorosyncNode& node);
    Result<void> remove(std::string_view name);  // Code::not_found; Code::not_empty for the last

    void set_config_version(std::uint64_t version);

  private:
    friend class CorosyncConfReader;
    CorosyncSection& node_list();
    [[nodiscard]] std::int64_t node_votes() const;  // of all nodes together
    void settle_quorum(std::int64_t node_votes_before);
    void settle_device_votes(CorosyncSection& device, std::int64_t node_votes_before) const;

    CorosyncSection file_;
    std::string cluster_name_;
    std::uint64_t config_version_ = 0;
    std::vector<CorosyncNode> nodes_;  // in the file's order
};

// The values are of use only when there are no problems.
Parsed<CorosyncConf> parse_corosync_conf(std::string_view text);

// What a cluster may be called.
bool is_cluster_name(std::string_view name);

}  // namespace pmx::schema
