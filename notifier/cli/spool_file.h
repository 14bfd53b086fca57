// Leaves a request in the spool for the daemon to find.
#pragma once

#include <string>

#include "base/result.h"

namespace pmx::notifier {

// RUN/spool where the daemon has run, else the spool of the installed daemon when RUN is its
// directory. Code::not_found when there is none.
Result<std::string> spool_directory(const std::string& run);

// When it returns, the request is on disk.
Result<void> spool(const std::string& directory, const std::string& event_id,
                   const std::string& request);

}  // namespace pmx::notifier
