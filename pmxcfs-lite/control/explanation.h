// Why the store cannot be written, in plain words: what is so, who is missing since when, and what
// would mend it. What a person does at three in the morning hangs on these sentences.
#pragma once

#include <string>

#include "base/clock.h"
#include "ports/store.h"

namespace pmx::control {

// A paragraph; empty while the store can be written.
std::string why_read_only(const ports::StoreStatus& status, WallTime now);

}  // namespace pmx::control
