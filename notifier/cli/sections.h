// target, group, filter, matcher and expect: notifications.cfg by command.
#pragma once

#include <string>
#include <vector>

#include "notifier/cli/subcommand.h"

namespace pmx::notifier {

int run_sections(const Subcommand& self, const CommonOptions& common,
                 const std::vector<std::string>& words);

}  // namespace pmx::notifier
