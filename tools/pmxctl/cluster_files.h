// The files that make a cluster: corosync.conf in the mount, and what corosync itself reads.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "schema/corosync_conf.h"
#include "tools/pmxctl/command.h"

namespace pmx::pmxctl {

void add_corosync_directory_option(boost::program_options::options_description& options);

// corosync.conf and authkey, where corosync reads them.
class CorosyncDirectory {
  public:
    explicit CorosyncDirectory(const Invocation& invocation);

    // Code::not_found where corosync is not installed.
    [[nodiscard]] Result<void> check() const;
    [[nodiscard]] std::string conf_path() const { return path_ + "/corosync.conf"; }
    [[nodiscard]] std::string key_path() const { return path_ + "/authkey"; }

    // Nothing where there is none.
    [[nodiscard]] Result<std::optional<std::string>> read_conf() const;
    [[nodiscard]] Result<std::string> read_key() const;
    // What was there before is kept beside it, with .old behind its name.
    [[nodiscard]] Result<void> install_conf(const std::string& text) const;
    [[nodiscard]] Result<void> install_key(const std::string& key) const;

  private:
    std::string path_;
};

// What corosync-keygen(8) makes and takes.
inline constexpr std::size_t key_bytes = 256;
inline constexpr std::size_t min_key_bytes = 128;
inline constexpr std::size_t max_key_bytes = 4096;

// Fails with every problem there is, a line each, after `where`.
Result<schema::CorosyncConf> checked_conf(std::string_view text, const std::string& where);

struct MountedConf {
    std::string text;
    schema::CorosyncConf conf;
};
// The one in the mount of the daemon whose `status` this is.
Result<MountedConf> read_mounted_conf(const nlohmann::json& status);
// Whatever its content: the text, or nothing when it is not there.
Result<std::optional<std::string>> read_mounted_text(const nlohmann::json& status);
// Only where it still is `before` (none: is not there). Code::version_mismatch, with what to do,
// when somebody else changed it meanwhile.
Result<void> replace_mounted_conf(const Invocation& invocation,
                                  const std::optional<std::string>& before,
                                  const std::string& text);

// The daemon's status; fails where it is no member of a cluster.
Result<nlohmann::json> status_of_member(const Invocation& invocation);

}  // namespace pmx::pmxctl
