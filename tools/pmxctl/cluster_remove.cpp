#include <algorithm>
#include <iostream>

#include "schema/values.h"
#include "tools/pmxctl/ask.h"
#include "tools/pmxctl/cluster_files.h"
#include "tools/pmxctl/human.h"

namespace po = boost::program_options;

namespace pmx::pmxctl {
namespace {

using nlohmann::json;

void cluster_remove_options(po::options_description& options) {
    options.add_options()("force", "also where those who are left cannot go on without others");
}

bool is_online(const json& status, const std::string& node_name) {
    const json& nodes = member(status, "nodes");
    return std::any_of(nodes.begin(), nodes.end(), [&](const json& node) {
        return text_of(node, "name") == node_name && member(node, "online") == true;
    });
}

// More than half of those who are left must be here: a smaller part, with two_node for instance,
// could not take the removed one out of the voters.
Result<void> check_rest_can_go_on(const json& status, const schema::CorosyncConf& rest) {
    const auto& nodes = rest.nodes();
    const auto here = static_cast<std::size_t>(std::count_if(
        nodes.begin(), nodes.end(),
        [&](const schema::CorosyncNode& node) { return is_online(status, node.name); }));
    if (2 * here > nodes.size()) return {};
    return fail(Code::invalid_argument, "of the " + count_text(nodes.size(), "node", "nodes") +
                                            " that would be left, " + std::to_string(here) +
                                            " would be here: start the others first, or --force");
}

Result<schema::CorosyncConf> conf_without(const json& status, const std::string& name, bool force,
                                          schema::CorosyncConf conf) {
    if (name == text_of(member(status, "node"), "name")) {
        return fail(Code::invalid_argument,
                    "this is node " + name + " itself: give the command on another node");
    }
    if (auto removed = conf.remove(name); !removed) return fail(removed.error());
    if (!force) {
        if (auto ok = check_rest_can_go_on(status, conf); !ok) return fail(ok.error());
    }
    return conf;
}

void print_removed(const std::string& name, bool online) {
    std::cout << "node " << name << " is no longer in the cluster\n";
    if (online) {
        std::cout << "it still runs: on " << name
                  << " now: systemctl disable --now corosync pmxcfs-lite\n";
    } else {
        std::cout << "before " << name
                  << " runs again, there: systemctl disable corosync pmxcfs-lite\n";
    }
    std::cout << "its copy of the files stays there, in /var/lib/pmxcfs-lite; to take it in again: "
                 "pmxctl cluster add "
              << name << " here,\npmxctl cluster join FILE there. nodes/" << name
              << " stays in the mount until somebody removes it\n";
}

Result<ExitCode> run_cluster_remove(const Invocation& invocation) {
    if (!invocation.has("node")) return usage_error("cluster remove needs a node's name");
    const std::string& name = invocation.get<std::string>("node");
    const auto status = status_of_member(invocation);
    if (!status) return fail(status.error());
    auto mounted = read_mounted_conf(*status);
    if (!mounted) return fail(mounted.error());
    const auto conf =
        conf_without(*status, name, invocation.has("force"), std::move(mounted->conf));
    if (!conf) return fail(conf.error());
    if (auto done = replace_mounted_conf(invocation, mounted->text, conf->text()); !done) {
        return fail(done.error());
    }
    const bool online = is_online(*status, name);
    if (invocation.json) {
        print_json(
            {{"node", name}, {"config_version", conf->config_version()}, {"still_runs", online}});
    } else {
        print_removed(name, online);
    }
    return ExitCode::ok;
}

}  // namespace

const Command cluster_remove_command{
    .name = "cluster remove",
    .arguments = "NODE [--force]",
    .summary = "take a node out of the cluster",
    .details = "Best while it is stopped. What is left on it to do is printed.\n",
    .positional = "node",
    .add_options = cluster_remove_options,
    .run = run_cluster_remove,
};

}  // namespace pmx::pmxctl
