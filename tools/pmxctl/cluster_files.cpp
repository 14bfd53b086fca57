#include "tools/pmxctl/cluster_files.h"

#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/file.h"
#include "base/sha256.h"
#include "corosync/acceptance.h"
#include "tools/pmxctl/ask.h"

namespace po = boost::program_options;

namespace pmx::pmxctl {

using nlohmann::json;

namespace {

Result<std::optional<std::string>> read_if_there(const std::string& path, std::size_t limit) {
    auto bytes = read_file(path, limit);
    if (bytes) return std::move(*bytes);
    if (bytes.error().code() == Code::not_found) return std::nullopt;
    return fail(bytes.error());
}

Result<void> keep_old(const std::string& path, std::size_t limit, unsigned mode) {
    const auto old = read_if_there(path, limit);
    if (!old) return fail(old.error());
    return *old ? replace_file(path + ".old", **old, mode) : Result<void>();
}

// What it refuses stays out; where it is not installed nobody can be asked.
Result<void> ask_corosync(std::string_view text, corosync::Judge judge) {
    auto done = corosync::accepts(text, std::filesystem::temp_directory_path().string(), judge);
    if (done || done.error().code() == Code::not_found) return {};
    return fail(done.error().while_doing("corosync does not accept this corosync.conf"));
}

}  // namespace

void add_corosync_directory_option(po::options_description& options) {
    options.add_options()(
        "corosync-dir", po::value<std::string>()->value_name("DIR")->default_value("/etc/corosync"),
        "where corosync reads corosync.conf and authkey");
}

CorosyncDirectory::CorosyncDirectory(const Invocation& invocation)
    : path_(invocation.get<std::string>("corosync-dir")) {}

Result<void> CorosyncDirectory::check() const {
    if (::access(path_.c_str(), W_OK | X_OK) == 0) return {};
    if (errno == ENOENT) {
        return fail(Code::not_found,
                    "there is no " + path_ + ": install corosync first (apt install corosync)");
    }
    return fail_errno(errno, "cannot write to " + path_);
}

Result<std::optional<std::string>> CorosyncDirectory::read_conf() const {
    return read_if_there(conf_path(), schema::max_corosync_conf_bytes);
}

Result<std::string> CorosyncDirectory::read_key() const {
    auto key = read_file(key_path(), max_key_bytes);
    if (!key) return fail(key.error().while_doing("the cluster's key"));
    if (key->size() < min_key_bytes) return fail(Code::corrupt, key_path() + " is too short");
    return key;
}

Result<void> CorosyncDirectory::install_conf(const std::string& text) const {
    constexpr unsigned readable = 0644;
    if (auto done = ask_corosync(text, corosync::Judge::this_node); !done) return done;
    if (auto kept = keep_old(conf_path(), schema::max_corosync_conf_bytes, readable); !kept) {
        return kept;
    }
    return replace_file(conf_path(), text, readable);
}

Result<void> CorosyncDirectory::install_key(const std::string& key) const {
    constexpr unsigned secret = 0400;
    if (auto kept = keep_old(key_path(), max_key_bytes, secret); !kept) return kept;
    return replace_file(key_path(), key, secret);
}

Result<schema::CorosyncConf> checked_conf(std::string_view text, const std::string& where) {
    auto parsed = schema::parse_corosync_conf(text);
    if (parsed.problems.empty()) return std::move(parsed.values);
    std::string message = where + " is not right:";
    for (const schema::Problem& problem : parsed.problems)
        message += "\n  " + to_string(problem);
    return fail(Code::invalid_argument, message);
}

Result<std::optional<std::string>> read_mounted_text(const json& status) {
    const std::string path =
        text_of(status, "mount") + "/" + std::string(schema::corosync_conf_file);
    return read_if_there(path, schema::max_corosync_conf_bytes);
}

Result<MountedConf> read_mounted_conf(const json& status) {
    auto text = read_mounted_text(status);
    if (!text) return fail(text.error());
    const std::string path =
        text_of(status, "mount") + "/" + std::string(schema::corosync_conf_file);
    if (!*text) {
        return fail(Code::not_found, "there is no " + path +
                                         ": copy the corosync.conf that the nodes use there first");
    }
    auto conf = checked_conf(**text, path);
    if (!conf) return fail(conf.error());
    return MountedConf{std::move(**text), std::move(*conf)};
}

Result<void> replace_mounted_conf(const Invocation& invocation,
                                  const std::optional<std::string>& before,
                                  const std::string& text) {
    // It is for all nodes, each of which asks its own corosync: a link that is down here is not in
    // the way of taking out a node.
    if (auto done = ask_corosync(text, corosync::Judge::any_node); !done) return done;
    json expected = {{"path", schema::corosync_conf_file}};
    if (before) {
        expected["sha256"] = to_hex(sha256(*before));
    } else {
        expected["absent"] = true;
    }
    const json edit = {{"write", schema::corosync_conf_file}, {"content", text}};
    const auto done = ask(invocation, "txn",
                          {{"expect", json::array({expected})}, {"edits", json::array({edit})}});
    if (done) return {};
    if (done.error().code() == Code::version_mismatch) {
        return fail(
            Code::version_mismatch,
            "somebody else changed corosync.conf meanwhile: nothing was changed, try again");
    }
    return fail(done.error().while_doing("corosync.conf in the mount was not changed"));
}

Result<json> status_of_member(const Invocation& invocation) {
    auto status = ask(invocation, "status", json::object(), look_answer_time);
    if (!status) return fail(status.error());
    if (text_of(*status, "mode") != "cluster") {
        return fail(Code::not_supported,
                    "this node is in no cluster: 'pmxctl cluster init' makes one of it, 'pmxctl "
                    "cluster join' takes it into one");
    }
    return status;
}

}  // namespace pmx::pmxctl
