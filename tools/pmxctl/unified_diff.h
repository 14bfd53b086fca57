// The lines in which two texts differ, as diff(1) shows them.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace pmx::pmxctl {

// Unified, under the given names; empty when they are equal. Texts that are none get one line that
// says that they differ.
Result<std::string> unified_diff(std::string_view before, std::string_view after,
                                 const std::string& before_name, const std::string& after_name);

}  // namespace pmx::pmxctl
