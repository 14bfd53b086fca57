// .version: a number for each thing that programs keep in memory, so that one read tells them what
// has changed. Programs compare numbers for equality only.
#include <array>
#include <nlohmann/json.hpp>

#include "fuse/virtual/sources.h"

namespace pmx::fuse {
namespace {

// The files whose number is always there, 0 while the file is not. Programs written for Proxmox
// look these up; the order has no meaning.
constexpr auto observed_files = std::to_array<std::string_view>({
    "ceph.conf",
    "corosync.conf",
    "corosync.conf.new",
    "datacenter.cfg",
    "domains.cfg",
    "firewall/cluster.fw",
    "ha/crm_commands",
    "ha/fence.cfg",
    "ha/groups.cfg",
    "ha/manager_status",
    "ha/resources.cfg",
    "ha/rules.cfg",
    "jobs.cfg",
    "mapping/directory.cfg",
    "mapping/pci.cfg",
    "mapping/usb.cfg",
    "notifications.cfg",
    "priv/acme/plugins.cfg",
    "priv/ipam.db",
    "priv/notifications.cfg",
    "priv/shadow.cfg",
    "priv/tfa.cfg",
    "priv/token.cfg",
    "replication.cfg",
    "sdn/.running-config",
    "sdn/.version",
    "sdn/controllers.cfg",
    "sdn/dns.cfg",
    "sdn/fabrics.cfg",
    "sdn/ipams.cfg",
    "sdn/mac-cache.json",
    "sdn/pve-ipam-state.json",
    "sdn/subnets.cfg",
    "sdn/vnets.cfg",
    "sdn/zones.cfg",
    "status.cfg",
    "storage.cfg",
    "user.cfg",
    "users.cfg",
    "virtual-guest/cpu-models.conf",
    "virtual-guest/profiles.cfg",
    "vzdump.cron",
});

}  // namespace

std::string version_json(const Sources& sources) {
    nlohmann::ordered_json json;
    json["starttime"] = to_s(sources.started);
    json["clinfo"] = sources.store.membership().version;
    json["vmlist"] = sources.guest_changes.load();
    const ports::TreeView tree = sources.store.read();
    for (const std::string_view path : observed_files) {
        const auto node = tree->resolve({tree::root_inode, std::string(path)});
        json[std::string(path)] = node ? (*node)->version.value : 0;
    }
    json["kvstore"] = nlohmann::ordered_json::object();
    return json.dump(2) + "\n";
}

}  // namespace pmx::fuse
