#include "corosync/node_list.h"

#include <corosync/cpg.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "corosync/answer.h"

namespace pmx::corosync {
namespace {

// Keys look like nodelist.node.0.ring0_addr; the number is the node's place in the list.
const std::string node_prefix = "nodelist.node.";
// 1 while corosync puts a changed corosync.conf into its map, key by key.
constexpr const char* reload_key = "config.reload_in_progress";
constexpr const char* map_service = "corosync's map";

std::string text(cmap_handle_t map, const std::string& key) {
    char* value = nullptr;
    if (cmap_get_string(map, key.c_str(), &value) != CS_OK) return {};
    std::string copy(value);
    std::free(value);  // libcmap allocated it
    return copy;
}

std::optional<std::uint32_t> number32(cmap_handle_t map, const std::string& key) {
    std::uint32_t value = 0;
    if (cmap_get_uint32(map, key.c_str(), &value) != CS_OK) return std::nullopt;
    return value;
}

bool is_set(cmap_handle_t map, const char* key) {
    std::uint8_t value = 0;
    return cmap_get_uint8(map, key, &value) == CS_OK && value != 0;
}

// The places that the node list has, without what they hold.
Result<std::vector<std::string>> places(cmap_handle_t map) {
    cmap_iter_handle_t iterator = 0;
    if (auto begun = result_of(cmap_iter_init(map, node_prefix.c_str(), &iterator), map_service);
        !begun) {
        return fail(begun.error());
    }
    std::vector<std::string> found;
    char key[CMAP_KEYNAME_MAXLEN + 1] = {};
    std::size_t length = 0;
    cmap_value_types_t type{};
    while (cmap_iter_next(map, iterator, key, &length, &type) == CS_OK) {
        const std::string name(key);
        std::string place = name.substr(0, name.find('.', node_prefix.size()) + 1);
        if (found.empty() || found.back() != place) found.push_back(std::move(place));
    }
    cmap_iter_finalize(map, iterator);
    return found;
}

std::optional<ports::QuorumDevice> quorum_device(cmap_handle_t map) {
    ports::QuorumDevice device{.model = text(map, "quorum.device.model"),
                               .algorithm = text(map, "quorum.device.net.algorithm"),
                               .host = text(map, "quorum.device.net.host")};
    if (device.model.empty()) return std::nullopt;
    return device;
}

Result<ports::NodeList> read_list(cmap_handle_t map) {
    auto found = places(map);
    if (!found) return fail(found.error());
    std::map<NodeId, ports::NodeList::Node> nodes;
    for (const std::string& place : *found) {
        const auto id = number32(map, place + "nodeid");
        if (!id) continue;  // being added or removed
        const NodeId node(*id);
        nodes[node] = {node, text(map, place + "name"), text(map, place + "ring0_addr")};
    }
    ports::NodeList list;
    for (auto& [id, node] : nodes)
        list.nodes.push_back(std::move(node));
    list.cluster_name = text(map, "totem.cluster_name");
    if (cmap_get_uint64(map, "totem.config_version", &list.config_version) != CS_OK) {
        list.config_version = 0;
    }
    list.quorum_device = quorum_device(map);
    list.quorum_by_fewer = is_set(map, "quorum.two_node") || list.quorum_device;
    return list;
}

}  // namespace

std::size_t running_node_count() {
    cmap_handle_t map = 0;
    if (cmap_initialize(&map) != CS_OK) return 0;
    const auto list = read_list(map);
    cmap_finalize(map);
    return list ? list->nodes.size() : 0;
}

Result<ports::NodeList::Node> local_node() {
    cpg_handle_t group = 0;
    cpg_callbacks_t callbacks{};
    if (auto opened = result_of(cpg_initialize(&group, &callbacks), "corosync"); !opened) {
        return fail(opened.error());
    }
    unsigned int id = 0;
    const auto asked = result_of(cpg_local_get(group, &id), "this node's id in corosync");
    cpg_finalize(group);
    if (!asked) return fail(asked.error());

    ports::NodeList::Node node{NodeId(id), {}, {}};
    cmap_handle_t map = 0;
    if (auto opened = result_of(cmap_initialize(&map), map_service); !opened) {
        return fail(opened.error());
    }
    auto list = read_list(map);
    cmap_finalize(map);
    if (!list) return fail(list.error());
    for (ports::NodeList::Node& listed : list->nodes)
        if (listed.id == node.id) node = std::move(listed);
    return node;
}

Result<std::unique_ptr<NodeListWatch>> NodeListWatch::open() {
    cmap_handle_t map = 0;
    if (auto opened = result_of(cmap_initialize(&map), map_service); !opened) {
        return fail(opened.error());
    }
    std::unique_ptr<NodeListWatch> watch(new NodeListWatch(map));
    if (auto followed = watch->follow(); !followed) return fail(followed.error());
    return watch;
}

NodeListWatch::~NodeListWatch() {
    cmap_finalize(map_);
}

Result<void> NodeListWatch::follow() {
    const auto note = [](cmap_handle_t, cmap_track_handle_t, int32_t, const char*,
                         struct cmap_notify_value, struct cmap_notify_value,
                         void* watch) { static_cast<NodeListWatch*>(watch)->changed_ = true; };
    constexpr int any_change = CMAP_TRACK_ADD | CMAP_TRACK_DELETE | CMAP_TRACK_MODIFY;
    for (const char* prefix : {"nodelist.", "totem.c", "quorum.", reload_key}) {
        cmap_track_handle_t handle = 0;
        const cs_error_t answer =
            cmap_track_add(map_, prefix, any_change | CMAP_TRACK_PREFIX, note, this, &handle);
        if (auto tracked = result_of(answer, map_service); !tracked) return tracked;
    }
    return result_of(cmap_fd_get(map_, &fd_), map_service);
}

Result<std::optional<ports::NodeList>> NodeListWatch::dispatch() {
    if (auto done = result_of(cmap_dispatch(map_, CS_DISPATCH_ALL), map_service); !done) {
        return fail(done.error());
    }
    // The end of the reload changes its key, which comes here again.
    if (!changed_ || is_set(map_, reload_key)) return std::nullopt;
    auto list = read_list(map_);
    if (!list) return fail(list.error());
    changed_ = false;
    return std::move(*list);
}

Result<ports::NodeList> NodeListWatch::read() const {
    return read_list(map_);
}

}  // namespace pmx::corosync
