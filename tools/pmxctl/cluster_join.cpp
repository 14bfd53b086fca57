#include <unistd.h>

#include <iostream>

#include "base/file.h"
#include "sqlite/identity_change.h"
#include "tools/pmxctl/addresses.h"
#include "tools/pmxctl/ask.h"
#include "tools/pmxctl/cluster_files.h"
#include "tools/pmxctl/human.h"
#include "tools/pmxctl/join_file.h"
#include "tools/pmxctl/membership_wait.h"
#include "tools/pmxctl/services.h"

namespace po = boost::program_options;

namespace pmx::pmxctl {
namespace {

using nlohmann::json;

void cluster_join_options(po::options_description& options) {
    auto add = options.add_options();
    add("discard-my-files", "also where this node has files of its own, or is in a cluster");
    add("state", po::value<std::string>()->value_name("DIR")->default_value("/var/lib/pmxcfs-lite"),
        "where pmxcfs-lite's database is");
    add_corosync_directory_option(options);
    add_services_option(options);
    add_wait_option(options);
}

Result<JoinFile> read_join_file(const std::string& path) {
    const auto text = path == "-" ? read_all(STDIN_FILENO, max_join_file_bytes, "standard input")
                                  : read_file(path, max_join_file_bytes);
    if (!text) return fail(text.error());
    auto file = parse_join_file(*text);
    if (!file) return fail(file.error().while_doing(path));
    for (const std::string& address : file->self().addresses) {
        const auto local = is_local_address(address);
        if (!local) return fail(local.error());
        if (!*local) {
            std::string why = path + " is for node " + file->node_name + ", whose address ";
            why += address + " this node has not ('ip address' lists what it has)";
            return fail(Code::invalid_argument, why);
        }
    }
    return file;
}

bool is_that_member(const sqlite::Occupant& occupant, const JoinFile& join) {
    const auto& identity = occupant.identity;
    return identity && identity->mode == ports::Mode::cluster &&
           identity->cluster == join.cluster && identity->node == join.node &&
           identity->node_name == join.node_name;
}

Result<void> check_may_go(const sqlite::Occupant& occupant, const std::string& state) {
    const std::string how =
        ". With --discard-my-files it is set aside, in a directory beside it, and the node joins";
    if (!occupant.identity) {
        return fail(Code::corrupt, "the database in " + state +
                                       " is damaged: 'pmxctl fsck --state " + state +
                                       "' tells more" + how);
    }
    if (occupant.identity->mode == ports::Mode::cluster) {
        return fail(Code::already_exists,
                    "this node is in a cluster already, as node " + occupant.identity->node_name +
                        " (cluster id " + to_hex(occupant.identity->cluster) +
                        "); take it out there first (pmxctl cluster remove)" + how);
    }
    if (occupant.has_files) {
        return fail(Code::not_empty,
                    "this node's store has files, which the cluster's would replace: copy what is "
                    "still wanted" +
                        how);
    }
    return {};
}

// The new database, or what is there already where this is done once more. The directory of a
// database that was set aside.
Result<std::string> make_member(const Invocation& invocation, const JoinFile& join) {
    const std::string& state = invocation.get<std::string>("state");
    const auto occupant = sqlite::look_at_occupant(state);
    if (!occupant) return fail(occupant.error());
    if (*occupant && is_that_member(**occupant, join)) return std::string();
    if (*occupant && !invocation.has("discard-my-files")) {
        if (auto ok = check_may_go(**occupant, state); !ok) return fail(ok.error());
    }
    return sqlite::put_empty_member(state, {.cluster = join.cluster,
                                            .disk = {},
                                            .node = join.node,
                                            .node_name = join.node_name,
                                            .mode = ports::Mode::cluster});
}

Result<std::string> join_with(const Invocation& invocation, const JoinFile& join,
                              const CorosyncDirectory& directory) {
    auto aside = make_member(invocation, join);
    if (!aside) return aside;
    if (auto done = directory.install_key(join.key); !done) return fail(done.error());
    if (auto done = directory.install_conf(join.corosync_conf); !done) return fail(done.error());
    return aside;
}

Result<void> start(const Services& services) {
    if (auto done = services.restart_corosync(); !done) {
        return fail(done.error().while_doing(
            "corosync did not start; where the cluster has changed since the join file was made, "
            "make it again (the same 'pmxctl cluster add' on a node of the cluster), and join "
            "again"));
    }
    return services.restart_store();
}

void print_joined(const JoinFile& join, const std::string& aside, bool started) {
    if (!aside.empty()) std::cout << "the files of before are kept in " << printable(aside) << "\n";
    if (started) {
        std::cout << "this node is " << join.node_name << " of cluster " << join.cluster_name()
                  << ", in step with the others\n";
        return;
    }
    std::cout << "this node is set up as " << join.node_name << " of cluster "
              << join.cluster_name()
              << "\nnow start corosync (systemctl enable corosync; systemctl restart corosync),\n"
                 "then pmxcfs-lite (systemctl restart pmxcfs-lite)\n";
}

Result<ExitCode> run_cluster_join(const Invocation& invocation) {
    if (!invocation.has("file")) return usage_error("cluster join needs the join file");
    const auto timeout = given_wait(invocation);
    if (!timeout) return usage_error(timeout.error().message());
    const CorosyncDirectory directory(invocation);
    const Services services(invocation);
    const auto join = read_join_file(invocation.get<std::string>("file"));
    if (!join) return fail(join.error());
    if (auto ok = directory.check(); !ok) return fail(ok.error());
    if (auto stopped = services.stop_store(); !stopped) return fail(stopped.error());
    const auto aside = join_with(invocation, *join, directory);
    if (!aside) {
        // As it was before; what stood in the way is what is to be told.
        (void)services.restart_store();
        if (aside.error().code() != Code::busy) return fail(aside.error());
        return fail(Code::busy, aside.error().message() + ": stop pmxcfs-lite first");
    }
    if (auto started = start(services); !started) return fail(started.error());
    if (services.available()) {
        if (auto done = wait_until_in_step(invocation, *timeout); !done) return fail(done.error());
    }
    if (invocation.json) {
        print_json({{"cluster", {{"name", join->cluster_name()}, {"id", to_hex(join->cluster)}}},
                    {"node", {{"name", join->node_name}, {"id", join->node.value}}},
                    {"set_aside", aside->empty() ? json(nullptr) : json(*aside)},
                    {"started", services.available()}});
    } else {
        print_joined(*join, *aside, services.available());
    }
    return ExitCode::ok;
}

}  // namespace

const Command cluster_join_command{
    .name = "cluster join",
    .arguments = "FILE|- [--discard-my-files]",
    .summary = "take this node into the cluster that made the join file",
    .details =
        "This node's own database is set aside, never deleted; where it has files, only with\n"
        "--discard-my-files. Given again with a newer join file it renews what corosync reads: "
        "for\n"
        "a node that was off while the cluster's nodes changed.\n",
    .positional = "file",
    .add_options = cluster_join_options,
    .run = run_cluster_join,
};

}  // namespace pmx::pmxctl
