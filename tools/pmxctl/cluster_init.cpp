#include <iostream>

#include "base/random.h"
#include "tools/pmxctl/addresses.h"
#include "tools/pmxctl/ask.h"
#include "tools/pmxctl/cluster_files.h"
#include "tools/pmxctl/human.h"
#include "tools/pmxctl/membership_wait.h"
#include "tools/pmxctl/services.h"

namespace po = boost::program_options;

namespace pmx::pmxctl {
namespace {

using nlohmann::json;

void cluster_init_options(po::options_description& options) {
    add_address_options(options);
    add_corosync_directory_option(options);
    add_services_option(options);
    add_wait_option(options);
}

Result<json> status_of_node_alone(const Invocation& invocation) {
    auto status = ask(invocation, "status", json::object(), look_answer_time);
    if (!status) return fail(status.error());
    if (text_of(*status, "mode") == "cluster") {
        return fail(Code::already_exists,
                    "this node is in a cluster already: 'pmxctl cluster add' adds nodes to it");
    }
    if (member(*status, "writable") != true) {
        return fail(Code::read_only,
                    "the store cannot be written: " + text_of(*status, "read_only_reason"));
    }
    return status;
}

// A corosync that serves another cluster is not to be taken from it.
Result<void> check_not_used_by_others(const CorosyncDirectory& directory,
                                      const std::string& cluster_name) {
    const auto text = directory.read_conf();
    if (!text) return fail(text.error());
    if (!*text) return {};
    const auto conf = schema::parse_corosync_conf(**text);
    if (!conf.problems.empty() || conf.values.nodes().size() < 2) return {};
    return fail(Code::already_exists,
                directory.conf_path() + " is that of a cluster of " +
                    count_text(conf.values.nodes().size(), "node", "nodes") + ", " +
                    conf.values.cluster_name() +
                    ". Where that cluster is gone, move the file away; then 'pmxctl cluster init " +
                    cluster_name + "' again");
}

Result<schema::CorosyncConf> new_conf(const Invocation& invocation, const json& status,
                                      const std::vector<std::string>& addresses,
                                      const std::optional<std::string>& mounted) {
    for (const std::string& address : addresses) {
        const auto local = is_local_address(address);
        if (!local) return fail(local.error());
        if (!*local) {
            return fail(Code::invalid_argument,
                        address + " is no address of this node ('ip address' lists them)");
        }
    }
    const json& node = member(status, "node");
    schema::CorosyncNode first{.id = static_cast<std::uint32_t>(number_of(node, "id")),
                               .name = text_of(node, "name"),
                               .addresses = addresses};
    auto conf = schema::CorosyncConf::create(invocation.get<std::string>("name"), first);
    // One that was imported, or left by an attempt before.
    if (mounted) {
        const auto before = schema::parse_corosync_conf(*mounted);
        if (before.problems.empty()) {
            conf.set_config_version(before.values.config_version() + 1);
        }
    }
    return conf;
}

// First all that can be done again without harm. Once the database says so, this node is a member.
Result<void> found(const Invocation& invocation, const CorosyncDirectory& directory,
                   const std::optional<std::string>& mounted, const schema::CorosyncConf& conf,
                   const Services& services) {
    std::string key(key_bytes, '\0');
    fill_random({reinterpret_cast<std::uint8_t*>(key.data()), key.size()});
    if (auto done = replace_mounted_conf(invocation, mounted, conf.text()); !done) return done;
    if (auto done = directory.install_key(key); !done) return done;
    if (auto done = directory.install_conf(conf.text()); !done) return done;
    if (auto done = services.restart_corosync(); !done) {
        return fail(done.error().while_doing(
            "this node is alone as before, and the command can be given again; corosync did not "
            "start"));
    }
    if (const auto done = ask(invocation, "cluster_init", json::object()); !done) {
        return fail(done.error());
    }
    return services.restart_store();
}

void print_made(const schema::CorosyncConf& conf, bool started) {
    const schema::CorosyncNode& node = conf.nodes().front();
    std::cout << "cluster " << conf.cluster_name() << " has one node, " << node.name << " ("
              << node.addresses.front() << ")\n";
    if (!started) {
        std::cout << "now start corosync (systemctl enable corosync; systemctl restart corosync),\n"
                     "then restart pmxcfs-lite (systemctl restart pmxcfs-lite)\n";
    }
    std::cout << "next: pmxctl cluster add NODE --address A\n";
}

Result<ExitCode> run_cluster_init(const Invocation& invocation) {
    if (!invocation.has("name")) return usage_error("cluster init needs the cluster's name");
    if (!schema::is_cluster_name(invocation.get<std::string>("name"))) {
        return usage_error("a cluster's name has letters, digits and '-', at most 63");
    }
    const auto addresses = given_addresses(invocation);
    if (!addresses) return usage_error(addresses.error().message());
    const auto timeout = given_wait(invocation);
    if (!timeout) return usage_error(timeout.error().message());
    const CorosyncDirectory directory(invocation);
    const Services services(invocation);

    const auto status = status_of_node_alone(invocation);
    if (!status) return fail(status.error());
    if (auto ok = directory.check(); !ok) return fail(ok.error());
    const std::string& name = invocation.get<std::string>("name");
    if (auto ok = check_not_used_by_others(directory, name); !ok) return fail(ok.error());
    const auto mounted = read_mounted_text(*status);
    if (!mounted) return fail(mounted.error());
    const auto conf = new_conf(invocation, *status, *addresses, *mounted);
    if (!conf) return fail(conf.error());
    if (auto done = found(invocation, directory, *mounted, *conf, services); !done) {
        return fail(done.error());
    }
    if (services.available()) {
        if (auto done = wait_until_in_step(invocation, *timeout); !done) return fail(done.error());
    }
    if (invocation.json) {
        print_json(
            {{"cluster", {{"name", conf->cluster_name()}, {"id", text_of(*status, "cluster")}}},
             {"node", member(*status, "node")},
             {"config_version", conf->config_version()},
             {"started", services.available()}});
    } else {
        print_made(*conf, services.available());
    }
    return ExitCode::ok;
}

}  // namespace

const Command cluster_init_command{
    .name = "cluster init",
    .arguments = "NAME --address A [--link1 B]",
    .summary = "make a cluster of this node, which others can join",
    .details =
        "The node keeps its files. corosync gets a new configuration and key and is started, and\n"
        "pmxcfs-lite is started anew. corosync.conf in the mount is from then on the cluster's: a\n"
        "change with a higher config_version is put into effect on every node.\n",
    .positional = "name",
    .add_options = cluster_init_options,
    .run = run_cluster_init,
};

}  // namespace pmx::pmxctl
