// The commands that report what happened: what timers, hooks and agents call.
#pragma once

#include <string>
#include <vector>

#include "notifier/cli/subcommand.h"

namespace pmx::notifier {

int run_package_updates(const Subcommand& self, const CommonOptions& common,
                        const std::vector<std::string>& words);
int run_backup_report(const Subcommand& self, const CommonOptions& common,
                      const std::vector<std::string>& words);
int run_vzdump_hook(const Subcommand& self, const CommonOptions& common,
                    const std::vector<std::string>& words);
int run_replication_failed(const Subcommand& self, const CommonOptions& common,
                           const std::vector<std::string>& words);
int run_replication_ok(const Subcommand& self, const CommonOptions& common,
                       const std::vector<std::string>& words);
int run_fenced(const Subcommand& self, const CommonOptions& common,
               const std::vector<std::string>& words);
int run_unit_failed(const Subcommand& self, const CommonOptions& common,
                    const std::vector<std::string>& words);

}  // namespace pmx::notifier
