#include "notifier/cli/producers.h"
#include "notifier/cli/sections.h"

namespace pmx::notifier {

const std::vector<Subcommand>& subcommands() {
    static const std::vector<Subcommand> all = {
        {"target", "target add TYPE NAME|set NAME|remove NAME|show [NAME] [OPTION]...",
         "change or show targets", run_sections},
        {"group", "group add|set|remove NAME|show [NAME] [OPTION]...",
         "change or show groups of targets", run_sections},
        {"filter", "filter add|set|remove NAME|show [NAME] [OPTION]...", "change or show filters",
         run_sections},
        {"matcher", "matcher add|set|remove NAME|show [NAME] [OPTION]...",
         "change or show matchers", run_sections},
        {"expect", "expect add|set|remove NAME|show [NAME] [OPTION]...",
         "change or show what is expected to come", run_sections},
        {"package-updates", "package-updates", "report the packages that apt could update",
         run_package_updates},
        {"backup-report", "backup-report --guest K=V,... [OPTION]...", "report a backup",
         run_backup_report},
        {"vzdump-hook", "vzdump-hook [--job ID] PHASE [MODE VMID]",
         "do what vzdump's --script does: collect, and report the job at its end", run_vzdump_hook},
        {"replication-failed", "replication-failed JOB [OPTION]...",
         "count a failure of a replication job, and report it", run_replication_failed},
        {"replication-ok", "replication-ok JOB", "end the failures in a row of a replication job",
         run_replication_ok},
        {"unit-failed", "unit-failed UNIT", "report that a unit of systemd failed",
         run_unit_failed},
        {"fenced", "fenced NODE [OPTION]...", "report that a node was fenced", run_fenced},
    };
    return all;
}

}  // namespace pmx::notifier
