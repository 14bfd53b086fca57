#include "daemon/corosync_control.h"

#include <chrono>
#include <vector>

#include "base/run_program.h"
#include "corosync/acceptance.h"
#include "corosync/node_list.h"

namespace pmx::daemon {
namespace {

Result<void> run_tool(const std::vector<std::string>& command) {
    const auto end = run_program(command, std::chrono::seconds(10));
    if (!end) return fail(end.error());
    if (end->exit_code == 0) return {};
    return fail(Code::io_error,
                command[0] + " " + command[1] + ": " + corosync::corosync_words(end->output));
}

bool succeeds(const std::vector<std::string>& command) {
    return run_tool(command).has_value();
}

Result<void> start_service() {
    (void)succeeds({"systemctl", "reset-failed", "corosync.service"});
    return run_tool({"systemctl", "--no-block", "start", "corosync.service"});
}

}  // namespace

CorosyncControl installed_corosync(const std::string& scratch) {
    CorosyncControl control;
    control.accepts = [scratch](std::string_view text) { return corosync::accepts(text, scratch); };
    control.accepts_elsewhere = [scratch](std::string_view text) {
        return corosync::accepts(text, scratch, corosync::Judge::any_node);
    };
    control.reload = [] { return run_tool({"corosync-cfgtool", "-R"}); };
    control.shut_down = [] { return run_tool({"corosync-cfgtool", "-H"}); };
    control.expect = [](std::size_t votes) {
        return run_tool({"corosync-quorumtool", "-e", std::to_string(votes)});
    };
    control.runs = [] { return corosync::running_node_count() > 0; };
    control.failed_to_start = [] {
        return succeeds({"systemctl", "is-failed", "--quiet", "corosync.service"});
    };
    control.start = start_service;
    return control;
}

}  // namespace pmx::daemon
