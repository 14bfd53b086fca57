// The requests that show and change notifications.cfg, section by section.
//
//   {"op": "edit", "action", "kind", "type", "name", "set": [[property, value]...],
//    "delete": [property...], "digest", "as"}      -> {"digest"}
//   {"op": "show", "kind", "name", "as"}           -> {"digest", "sections": [{"type", "name",
//                                                      "properties": [[property, value]...],
//                                                      "secrets": [property...]}]}
//
// "action" is "add", "set" or "remove", "kind" a noun of schema/edit_notifications.h. "digest" is
// that of notifications.cfg; in an edit it may be missing.
#pragma once

#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/result.h"
#include "notifier/daemon/config_source.h"
#include "notifier/daemon/dispatcher.h"
#include "notifier/daemon/edit_files.h"

namespace pmx::notifier {

// Thread-safe; one change at a time.
class EditRequests {
  public:
    EditRequests(const std::string& config_root, ConfigSource& config)
        : files_(config_root), config_(config) {}

    // Code::access_denied names path and privilege; Code::version_mismatch: the digest is not that
    // of the file; else what edit_notifications.h says.
    Result<std::string> edit(const nlohmann::json& request, const Identity& identity,
                             std::int64_t now_s);
    Result<std::string> show(const nlohmann::json& request, const Identity& identity,
                             std::int64_t now_s);

  private:
    std::mutex mutex_;
    const EditFiles files_;
    ConfigSource& config_;
};

}  // namespace pmx::notifier
