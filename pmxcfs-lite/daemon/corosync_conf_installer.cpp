#include "daemon/corosync_conf_installer.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/log.h"
#include "base/run_program.h"
#include "schema/corosync_conf.h"

namespace pmx::daemon {
namespace {

using schema::CorosyncConf;

constexpr std::string_view name_in_mount = schema::corosync_conf_file;

// Nodes that reload at the same time are refused by corosync, all but one.
constexpr int attempts = 5;
constexpr std::chrono::milliseconds time_between_attempts{500};

Result<CorosyncConf> checked(std::string_view text) {
    auto parsed = schema::parse_corosync_conf(text);
    if (parsed.problems.empty()) return std::move(parsed.values);
    return fail(Code::invalid_argument, to_string(parsed.problems.front()));
}

// The file, when it is there and right.
std::optional<CorosyncConf> installed_in(const std::string& path) {
    const auto text = read_file(path, schema::max_corosync_conf_bytes);
    if (!text) return std::nullopt;
    auto conf = checked(*text);
    return conf ? std::optional<CorosyncConf>(std::move(*conf)) : std::nullopt;
}

Result<void> run_tool(const std::vector<std::string>& command) {
    const auto end = run_program(command, std::chrono::seconds(10));
    if (!end) return fail(end.error());
    if (end->exit_code == 0) return {};
    constexpr std::size_t long_enough = 500;
    std::string said = end->output.substr(0, long_enough);
    std::replace(said.begin(), said.end(), '\n', ' ');
    return fail(Code::io_error, command[0] + " " + command[1] + ": " + said);
}

}  // namespace

Result<InstallOutcome> install_corosync_conf(std::string_view text, const std::string& node_name,
                                             NodeId node, const std::string& directory) {
    auto conf = checked(text);
    if (!conf) return fail(conf.error());
    const std::string path = directory + "/" + std::string(schema::corosync_conf_file);
    // One that is missing or not right is older than any.
    if (const auto installed = installed_in(path)) {
        if (conf->config_version() < installed->config_version()) {
            return InstallOutcome::nothing_new;
        }
        if (conf->config_version() == installed->config_version()) {
            if (conf->text() == installed->text()) return InstallOutcome::nothing_new;
            return fail(Code::version_mismatch,
                        "it differs from " + path + ", but its config_version, " +
                            std::to_string(conf->config_version()) +
                            ", has not grown: change it in the mount, with a higher one");
        }
        if (conf->cluster_name() != installed->cluster_name()) {
            return fail(Code::invalid_argument, "it is of cluster " + conf->cluster_name() +
                                                    ", but " + path + " of cluster " +
                                                    installed->cluster_name());
        }
    }
    const schema::CorosyncNode* self = conf->find(node_name);
    if (self == nullptr) return InstallOutcome::removed;
    if (self->id != node.value) {
        return fail(Code::invalid_argument,
                    "it gives this node, " + node_name + ", the id " + std::to_string(self->id) +
                        ", which is not its id, " + std::to_string(node.value));
    }
    if (auto put = replace_file(path, text, 0644); !put) return fail(put.error());
    return InstallOutcome::installed;
}

CorosyncControl corosync_cfgtool() {
    return {.reload =
                [] {
                    return run_tool({"corosync-cfgtool", "-R"});
                },
            .shut_down =
                [] {
                    return run_tool({"corosync-cfgtool", "-H"});
                },
            .expect =
                [](std::size_t votes) {
                    return run_tool({"corosync-quorumtool", "-e", std::to_string(votes)});
                }};
}

CorosyncConfInstaller::CorosyncConfInstaller(const ports::Store& store, std::string directory,
                                             CorosyncControl corosync)
    : store_(store),
      directory_(std::move(directory)),
      corosync_(std::move(corosync)),
      thread_([this] { run(); }) {}

CorosyncConfInstaller::~CorosyncConfInstaller() {
    stop();
}

void CorosyncConfInstaller::committed(const ports::Committed& committed) {
    const bool concerned =
        std::any_of(committed.changes.begin(), committed.changes.end(),
                    [](const tree::Change& change) { return change.path == name_in_mount; });
    if (concerned) check();
}

void CorosyncConfInstaller::check() {
    const std::lock_guard lock(mutex_);
    wanted_ = true;
    changed_.notify_all();
}

void CorosyncConfInstaller::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
}

void CorosyncConfInstaller::run() {
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return wanted_ || stopping_; });
            if (stopping_) return;
            wanted_ = false;
        }
        install();
    }
}

void CorosyncConfInstaller::install() {
    tree::Content content;
    {
        const ports::TreeView tree = store_.read();
        const auto node = tree->resolve({tree::root_inode, std::string(name_in_mount)});
        if (node) content = (*node)->content;
    }
    if (!content) return;
    const auto before = installed_in(directory_ + "/" + std::string(schema::corosync_conf_file));
    const auto outcome =
        install_corosync_conf(*content, store_.node_name(), store_.node(), directory_);
    if (!outcome) {
        return log::warning("corosync.conf in the mount is not put into effect: " +
                            outcome.error().message());
    }
    if (*outcome == InstallOutcome::installed) {
        log::notice("corosync.conf of the mount was put into " + directory_);
        put_into_effect(before ? before->nodes().size() : 0);
    } else if (*outcome == InstallOutcome::removed) {
        log::error("this node, " + store_.node_name() +
                   ", was removed from the cluster: shutting corosync down here. Disable it and "
                   "pmxcfs-lite: systemctl disable --now corosync pmxcfs-lite");
        if (auto done = attempt(corosync_.shut_down); !done) {
            log::warning("corosync does not shut down: " + done.error().message());
        }
    }
}

// Where corosync does not run there is nothing to reload: it reads the file when it starts.
//
// A node that leaves while the others reload can make votequorum keep its vote among those it
// expects, and nobody is quorate any more: it is told again.
void CorosyncConfInstaller::put_into_effect(std::size_t nodes_before) {
    if (auto done = attempt(corosync_.reload); !done) {
        return log::warning(
            "corosync did not read its new configuration: " + done.error().message() +
            ". It is in effect after 'corosync-cfgtool -R', or when corosync starts");
    }
    const auto now = installed_in(directory_ + "/" + std::string(schema::corosync_conf_file));
    if (!now || now->has_quorum_device() || now->nodes().size() >= nodes_before) return;
    const std::size_t votes = now->nodes().size();
    if (auto done = attempt([&] { return corosync_.expect(votes); }); !done) {
        log::info("corosync expects what it expected: " + done.error().message());
    }
}

Result<void> CorosyncConfInstaller::attempt(const std::function<Result<void>()>& action) {
    Result<void> done;
    for (int left = attempts; left > 0; --left) {
        done = action();
        if (done) return done;
        std::unique_lock lock(mutex_);
        if (changed_.wait_for(lock, time_between_attempts, [this] { return stopping_; })) break;
    }
    return done;
}

}  // namespace pmx::daemon
