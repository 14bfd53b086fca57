#include "tools/pmxctl/join_file.h"

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/check.h"
#include "base/json_nesting.h"
#include "control/arguments.h"
#include "replica/base.h"
#include "schema/values.h"
#include "tools/pmxctl/cluster_files.h"

namespace pmx::pmxctl {

using control::Arguments;
using nlohmann::json;

namespace {

constexpr unsigned format_version = 1;
constexpr std::size_t max_nesting = 2;
constexpr std::size_t max_name_bytes = 63;

Error not_a_join_file() {
    return Error(Code::invalid_argument,
                 "no join file: 'pmxctl cluster add' on a node of the cluster makes one");
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

Result<void> read_cluster(const json& object, JoinFile& file, std::string& cluster_name) {
    Arguments arguments(object);
    cluster_name = arguments.text("name", max_name_bytes);
    const auto id = parse_cluster_id(arguments.text("id", 2 * sizeof(ClusterId::bytes)));
    if (!id || *id == ClusterId()) arguments.fail("'id' is no cluster's");
    if (auto ok = arguments.check(); !ok) return fail(ok.error().while_doing("cluster"));
    file.cluster = *id;
    return {};
}

Result<void> read_node(const json& object, JoinFile& file) {
    Arguments arguments(object);
    file.node_name = arguments.text("name", max_name_bytes);
    file.node =
        NodeId(static_cast<std::uint32_t>(arguments.optional_number("id", UINT32_MAX).value_or(0)));
    if (!schema::is_host_label(file.node_name)) arguments.fail("'name' is no node's");
    if (file.node.value == 0) arguments.fail("'id' is no node's");
    if (auto ok = arguments.check(); !ok) return fail(ok.error().while_doing("node"));
    return {};
}

// What corosync.conf says must be what the rest of the file says.
Result<void> check_agreement(const JoinFile& file, const std::string& cluster_name) {
    const auto conf = checked_conf(file.corosync_conf, "the corosync.conf in it");
    if (!conf) return fail(conf.error());
    if (conf->cluster_name() != cluster_name) {
        return fail(Code::invalid_argument, "its corosync.conf is of another cluster");
    }
    const schema::CorosyncNode* self = conf->find(file.node_name);
    if (self == nullptr || self->id != file.node.value) {
        return fail(Code::invalid_argument, "its corosync.conf is without node " + file.node_name);
    }
    return {};
}

Result<JoinFile> read(const json& parsed) {
    Arguments arguments(parsed);
    const auto version = arguments.optional_number("pmxcfs_lite_join", UINT64_MAX);
    if (!version) return fail(not_a_join_file());
    if (*version != format_version) {
        return fail(Code::not_supported,
                    "made by a pmxcfs-lite of another version: install the same here as there");
    }
    JoinFile file;
    std::string cluster_name;
    (void)arguments.text("made_by", 64);
    const auto level = arguments.optional_number("level", UINT32_MAX);
    if (!level) arguments.fail("'level' is missing");
    file.corosync_conf = arguments.text("corosync_conf", schema::max_corosync_conf_bytes);
    const auto key = decode_base64(arguments.text("authkey_base64", 2 * max_key_bytes));
    if (!key || key->size() < min_key_bytes || key->size() > max_key_bytes) {
        arguments.fail("'authkey_base64' is no key");
    }
    const json& cluster = arguments.object("cluster");
    const json& node = arguments.object("node");
    if (auto ok = arguments.check(); !ok) return fail(ok.error());
    file.level = static_cast<std::uint32_t>(*level);
    file.key = *key;
    if (auto ok = read_cluster(cluster, file, cluster_name); !ok) return fail(ok.error());
    if (auto ok = read_node(node, file); !ok) return fail(ok.error());
    if (auto ok = check_agreement(file, cluster_name); !ok) return fail(ok.error());
    if (file.level > replica::highest_level) {
        return fail(Code::not_supported,
                    "the cluster's pmxcfs-lite is newer than this node's: install the same here");
    }
    return file;
}

}  // namespace

std::string JoinFile::cluster_name() const {
    return schema::parse_corosync_conf(corosync_conf).values.cluster_name();
}

schema::CorosyncNode JoinFile::self() const {
    const auto parsed = schema::parse_corosync_conf(corosync_conf);
    const schema::CorosyncNode* found = parsed.values.find(node_name);
    PMX_CHECK(found != nullptr, "a join file that was not checked");
    return *found;
}

std::string join_file_text(const JoinFile& file) {
    const nlohmann::ordered_json object = {
        {"pmxcfs_lite_join", format_version},
        {"made_by", PMX_VERSION},
        {"level", file.level},
        {"cluster", {{"name", file.cluster_name()}, {"id", to_hex(file.cluster)}}},
        {"node", {{"name", file.node_name}, {"id", file.node.value}}},
        {"corosync_conf", file.corosync_conf},
        {"authkey_base64", encode_base64(file.key)}};
    return object.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

Result<JoinFile> parse_join_file(std::string_view text) {
    if (text.size() > max_join_file_bytes || json_nests_deeper_than(text, max_nesting)) {
        return fail(not_a_join_file());
    }
    const json parsed = json::parse(text, nullptr, false);
    if (!parsed.is_object()) return fail(not_a_join_file());
    return read(parsed);
}

std::optional<ClusterId> parse_cluster_id(std::string_view hex) {
    ClusterId id;
    if (hex.size() != 2 * id.bytes.size()) return std::nullopt;
    for (std::size_t i = 0; i < id.bytes.size(); ++i) {
        const int high = hex_digit(hex[2 * i]);
        const int low = hex_digit(hex[2 * i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        id.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return id;
}

}  // namespace pmx::pmxctl
