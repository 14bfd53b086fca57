#include <fcntl.h>
#include <unistd.h>

#include <iostream>

#include "base/file.h"
#include "base/unique_fd.h"
#include "schema/values.h"
#include "tools/pmxctl/addresses.h"
#include "tools/pmxctl/ask.h"
#include "tools/pmxctl/cluster_files.h"
#include "tools/pmxctl/human.h"
#include "tools/pmxctl/join_file.h"

namespace po = boost::program_options;

namespace pmx::pmxctl {
namespace {

using nlohmann::json;

constexpr std::string_view join_file_warning =
    "pmxctl: the join file holds the cluster's key, and whoever has it can join: take it to the\n"
    "new node where nobody else reads it (scp), and delete it afterwards\n";

constexpr std::string_view device_hint =
    "pmxctl: this cluster has a quorum device, whose vote the new node gets only once\n"
    "corosync-qdevice runs there, with the cluster's certificate: "
    "corosync-qdevice-net-certutil(8)\n";

void cluster_add_options(po::options_description& options) {
    add_address_options(options);
    options.add_options()("output", po::value<std::string>()->value_name("FILE"),
                          "make FILE the join file, readable for root only (default: standard "
                          "output)");
    add_corosync_directory_option(options);
}

// A file that is not there yet, made before anything is changed; gone again when that failed.
class OutputFile {
  public:
    static Result<OutputFile> create(const std::string& path) {
        OutputFile file;
        file.path_ = path;
        file.fd_ = UniqueFd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        if (!file.fd_) return fail_errno(errno, "cannot make " + path);
        return file;
    }
    OutputFile(OutputFile&&) = default;
    OutputFile& operator=(OutputFile&&) = delete;
    ~OutputFile() {
        if (fd_) ::unlink(path_.c_str());
    }

    Result<void> write(std::string_view text) {
        if (auto done = write_all(fd_.get(), text, path_); !done) return done;
        if (::fsync(fd_.get()) != 0) return fail_errno(errno, "cannot sync " + path_);
        fd_.reset();
        return {};
    }

  private:
    OutputFile() = default;
    std::string path_;
    UniqueFd fd_;
};

// The same node again is no change: its join file may have been lost, or have become too old.
Result<bool> add_to(schema::CorosyncConf& conf, const schema::CorosyncNode& node) {
    const schema::CorosyncNode* there = conf.find(node.name);
    if (there != nullptr && there->addresses == node.addresses) return false;
    if (there != nullptr) {
        return fail(Code::already_exists,
                    "node '" + node.name + "' is in the cluster already, with the address " +
                        there->addresses.front() +
                        ": give that one for its join file, or 'pmxctl cluster remove " +
                        node.name + "' first");
    }
    if (auto added = conf.add(node); !added) return fail(added.error());
    return true;
}

Result<void> check_are_elsewhere(const std::vector<std::string>& addresses, const json& status) {
    for (const std::string& address : addresses) {
        const auto local = is_local_address(address);
        if (!local) return fail(local.error());
        if (*local) {
            return fail(Code::invalid_argument, address + " is an address of this node, " +
                                                    text_of(member(status, "node"), "name"));
        }
    }
    return {};
}

Result<JoinFile> join_file(const json& status, const schema::CorosyncConf& conf,
                           const std::string& node_name, std::string key) {
    const auto cluster = parse_cluster_id(text_of(status, "cluster"));
    if (!cluster || *cluster == ClusterId()) {
        return fail(Code::not_supported, "this node is not in its cluster yet: pmxctl status");
    }
    return JoinFile{.level = static_cast<std::uint32_t>(number_of(status, "level")),
                    .cluster = *cluster,
                    .node_name = node_name,
                    .node = NodeId(conf.find(node_name)->id),
                    .corosync_conf = conf.text(),
                    .key = std::move(key)};
}

struct Added {
    JoinFile join;
    std::uint64_t config_version = 0;
    bool changed = false;
    bool has_quorum_device = false;
};

Result<Added> add(const Invocation& invocation, const std::vector<std::string>& addresses) {
    const auto status = status_of_member(invocation);
    if (!status) return fail(status.error());
    auto key = CorosyncDirectory(invocation).read_key();
    if (!key) return fail(key.error());
    auto mounted = read_mounted_conf(*status);
    if (!mounted) return fail(mounted.error());
    if (auto ok = check_are_elsewhere(addresses, *status); !ok) return fail(ok.error());
    schema::CorosyncConf& conf = mounted->conf;
    const std::string& name = invocation.get<std::string>("node");
    const auto changed =
        add_to(conf, {.id = conf.next_free_id(), .name = name, .addresses = addresses});
    if (!changed) return fail(changed.error());
    auto file = join_file(*status, conf, name, std::move(*key));
    if (!file) return fail(file.error());
    if (*changed) {
        auto done = replace_mounted_conf(invocation, mounted->text, conf.text());
        if (!done) return fail(done.error());
    }
    return Added{std::move(*file), conf.config_version(), *changed, conf.has_quorum_device()};
}

void print_added(const Invocation& invocation, const Added& added) {
    if (!invocation.has("output")) {
        std::cout << join_file_text(added.join);
        return;
    }
    const std::string& path = invocation.get<std::string>("output");
    if (invocation.json) {
        print_json({{"node", {{"name", added.join.node_name}, {"id", added.join.node.value}}},
                    {"config_version", added.config_version},
                    {"added", added.changed},
                    {"file", path}});
    } else {
        std::cout << "node " << added.join.node_name << " (id " << added.join.node.value << ") "
                  << (added.changed ? "is added" : "was there already") << "; take "
                  << printable(path) << " to it, and there: pmxctl cluster join FILE\n";
    }
}

Result<ExitCode> run_cluster_add(const Invocation& invocation) {
    if (!invocation.has("node")) return usage_error("cluster add needs the new node's name");
    if (!schema::is_host_label(invocation.get<std::string>("node"))) {
        return usage_error("a node's name has letters, digits and '-', at most 63");
    }
    const auto addresses = given_addresses(invocation);
    if (!addresses) return usage_error(addresses.error().message());
    std::optional<OutputFile> output;
    if (invocation.has("output")) {
        auto file = OutputFile::create(invocation.get<std::string>("output"));
        if (!file) return fail(file.error());
        output.emplace(std::move(*file));
    }
    const auto added = add(invocation, *addresses);
    if (!added) return fail(added.error());
    if (output) {
        if (auto done = output->write(join_file_text(added->join)); !done) {
            return fail(done.error().while_doing(
                "the node is added; the same command makes its join file again"));
        }
    }
    print_added(invocation, *added);
    std::cerr << join_file_warning;
    if (added->has_quorum_device) std::cerr << device_hint;
    return ExitCode::ok;
}

}  // namespace

const Command cluster_add_command{
    .name = "cluster add",
    .arguments = "NODE --address A [--link1 B] [--output FILE]",
    .summary = "let a node into the cluster, and make the file with which it joins",
    .details =
        "The node gets its place in corosync.conf on every node, then FILE is what 'pmxctl "
        "cluster\n"
        "join' needs on the new one. Given again, the same command makes the file again: as it is\n"
        "good only until the cluster's nodes change.\n",
    .positional = "node",
    .add_options = cluster_add_options,
    .run = run_cluster_add,
};

}  // namespace pmx::pmxctl
