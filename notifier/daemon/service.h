// The daemon: everything wired together, from start to SIGTERM.
#pragma once

#include <functional>

#include "base/result.h"
#include "notifier/daemon/options.h"

namespace pmx::notifier {

// Serves until SIGTERM or SIGINT. `on_ready` is called once it serves. An error is one of starting,
// or of an outbox that cannot be trusted any more.
Result<void> run_service(const Options& options, const std::function<void()>& on_ready);

}  // namespace pmx::notifier
