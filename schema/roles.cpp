// The roles that are built into Proxmox VE 8.0, as its manual and `pveum role list` show them.
#include <map>

#include "schema/users.h"

namespace pmx::schema {

namespace {

using Privileges = std::set<std::string_view>;

Privileges merged(std::initializer_list<Privileges> sets) {
    Privileges all;
    for (const Privileges& set : sets)
        all.insert(set.begin(), set.end());
    return all;
}

std::map<std::string_view, Privileges> make_roles() {
    const Privileges audit = {"Datastore.Audit", "Mapping.Audit", "Pool.Audit",
                              "SDN.Audit",       "Sys.Audit",     "VM.Audit"};
    const Privileges datastore_user = {"Datastore.AllocateSpace", "Datastore.Audit"};
    const Privileges datastore_admin =
        merged({datastore_user, {"Datastore.Allocate", "Datastore.AllocateTemplate"}});
    const Privileges mapping_user = {"Mapping.Audit", "Mapping.Use"};
    const Privileges mapping_admin = merged({mapping_user, {"Mapping.Modify"}});
    const Privileges pool_user = {"Pool.Audit"};
    const Privileges pool_admin = merged({pool_user, {"Pool.Allocate"}});
    const Privileges sdn_user = {"SDN.Audit", "SDN.Use"};
    const Privileges sdn_admin = merged({sdn_user, {"SDN.Allocate"}});
    const Privileges system = {"Sys.Audit", "Sys.Console", "Sys.Syslog"};
    const Privileges template_user = {"VM.Audit", "VM.Clone"};
    const Privileges user_admin = {"Group.Allocate", "Realm.AllocateUser", "User.Modify"};
    const Privileges vm_user = {"VM.Audit",        "VM.Backup",
                                "VM.Config.CDROM", "VM.Config.Cloudinit",
                                "VM.Console",      "VM.PowerMgmt"};
    const Privileges vm_admin =
        merged({vm_user,
                {"VM.Allocate", "VM.Clone", "VM.Config.CPU", "VM.Config.Disk", "VM.Config.HWType",
                 "VM.Config.Memory", "VM.Config.Network", "VM.Config.Options", "VM.Migrate",
                 "VM.Monitor", "VM.Snapshot", "VM.Snapshot.Rollback"}});
    return {
        {administrator_role, {}},
        {no_access_role, {}},
        {"PVEAdmin", merged({audit, datastore_admin, mapping_admin, pool_admin, sdn_admin, system,
                             user_admin, vm_admin})},
        {"PVEAuditor", audit},
        {"PVEDatastoreAdmin", datastore_admin},
        {"PVEDatastoreUser", datastore_user},
        {"PVEMappingAdmin", mapping_admin},
        {"PVEMappingUser", mapping_user},
        {"PVEPoolAdmin", pool_admin},
        {"PVEPoolUser", pool_user},
        {"PVESDNAdmin", sdn_admin},
        {"PVESDNUser", sdn_user},
        {"PVESysAdmin", system},
        {"PVETemplateUser", template_user},
        {"PVEUserAdmin", user_admin},
        {"PVEVMAdmin", vm_admin},
        {"PVEVMUser", vm_user},
    };
}

}  // namespace

const std::set<std::string_view>* built_in_role(std::string_view name) {
    static const std::map<std::string_view, Privileges> roles = make_roles();
    const auto found = roles.find(name);
    return found == roles.end() ? nullptr : &found->second;
}

}  // namespace pmx::schema
