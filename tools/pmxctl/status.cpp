#include <iostream>

#include "tools/pmxctl/ask.h"
#include "tools/pmxctl/human.h"
#include "tools/pmxctl/status_lines.h"

namespace pmx::pmxctl {
namespace {

using nlohmann::json;

std::string number_text(const json& object, std::string_view key) {
    return std::to_string(number_of(object, key));
}

std::string share(std::uint64_t used, std::uint64_t limit) {
    return limit == 0 ? "" : " (" + std::to_string(used * 100 / limit) + " %)";
}

bool is_cluster(const json& status) {
    return text_of(status, "mode") == "cluster";
}

void print_head(const json& status) {
    const json& node = member(status, "node");
    status_line("node", text_of(node, "name") + " (id " + number_text(node, "id") + ")" +
                            (is_cluster(status) ? "" : ", one node alone"));
    if (is_cluster(status)) {
        const std::string name = text_of(status, "cluster_name");
        status_line("cluster", (name.empty() ? "corosync has not told its name" : name) + " (id " +
                                   text_of(status, "cluster") + ")");
    }
    status_line("mounted at", text_of(status, "mount"));
    status_line("daemon", "pmxcfs-lite " + text_of(status, "version") + ", up " +
                              duration_text(number_of(status, "uptime_s")));
}

void print_state(const json& status) {
    const json& damage = member(status, "damage");
    status_line("state", member(status, "writable") == true ? "writable" : "READ-ONLY");
    if (const std::string reason = text_of(status, "read_only_reason"); !reason.empty()) {
        status_line("", reason);
    }
    for (const json& warning : member(status, "warnings")) {
        if (warning.is_string()) status_line("warning", warning.get<std::string>());
    }
    if (damage.is_object()) {
        status_line("damage", text_of(damage, "summary"));
        status_line("", "pmxctl recover tells more, and what to do");
    }
    if (const std::uint64_t conflicts = number_of(status, "conflicts"); conflicts > 0) {
        status_line("conflicts", count_text(conflicts, "change", "changes") +
                                     " that this node had lost out when the cluster agreed again: "
                                     "pmxctl conflicts");
    }
}

std::string view_text(const json& status) {
    const std::string level = ", level " + number_text(status, "level");
    std::string text = text_of(status, "view");
    if (text.empty()) return "none open" + level;
    if (member(status, "leading") == true) text += ", this node leads";
    for (const json& node : member(status, "nodes")) {
        const bool leads = member(node, "leads") == true && member(node, "this") != true;
        if (leads) text += ", led by " + node_title(status, number_of(node, "id"));
    }
    return text + level;
}

void print_log(const json& status) {
    const json& log = member(status, "log");
    status_line("view", view_text(status));
    status_line("log", "last " + number_text(log, "last") + ", durable " +
                           number_text(log, "durable") + ", committed " +
                           number_text(log, "committed") + ", applied " +
                           number_text(log, "applied"));
    const json& waiting = member(status, "in_flight");
    status_line("waiting", count_text(number_of(waiting, "requests"), "change", "changes") + ", " +
                               bytes_text(number_of(waiting, "bytes")));
}

void print_usage(const json& status) {
    const json& usage = member(status, "usage");
    const std::uint64_t bytes = number_of(usage, "bytes");
    const std::uint64_t max_bytes = number_of(usage, "max_bytes");
    const std::uint64_t inodes = number_of(usage, "inodes");
    const std::uint64_t max_inodes = number_of(usage, "max_inodes");
    status_line("space",
                bytes_text(bytes) + " of " + bytes_text(max_bytes) + share(bytes, max_bytes));
    status_line("inodes", std::to_string(inodes) + " of " + std::to_string(max_inodes) +
                              share(inodes, max_inodes));
}

void print_locks(const json& status) {
    status_line("locks held", number_text(status, "locks_held"));
    for (const json& lock : member(status, "locks")) {
        status_line("", text_of(lock, "name") + " by " +
                            node_title(status, number_of(lock, "node")) + ", renewed " +
                            duration_text(number_of(lock, "age_s")) + " ago");
    }
}

void print_last_failure(const json& status) {
    const json& failure = member(status, "last_failure");
    if (!failure.is_object()) return;
    status_line("last failure",
                text_of(failure, "text") + " (" +
                    local_time(static_cast<std::int64_t>(number_of(failure, "time_ns"))) + ")");
}

Result<ExitCode> run_status(const Invocation& invocation) {
    const auto status = ask(invocation, "status", json::object(), look_answer_time);
    if (!status) return fail(status.error());
    if (invocation.json) {
        print_json(*status);
        return ExitCode::ok;
    }
    print_head(*status);
    print_state(*status);
    if (is_cluster(*status)) print_cluster(*status);
    print_log(*status);
    print_usage(*status);
    print_locks(*status);
    print_last_failure(*status);
    if (is_cluster(*status)) print_nodes(*status);
    return ExitCode::ok;
}

}  // namespace

const Command status_command{
    .name = "status",
    .arguments = "",
    .summary = "how the store is, why it cannot be written, and what would mend it",
    .details =
        "VOTER: the node's disk counts when a majority decides. DURABLE: the last change that is\n"
        "known to be on its disk; LAG: how many committed ones it is behind.\n"
        "\n"
        "Exit code 0 whenever the daemon answers, however the cluster is: a script that wants to\n"
        "know asks for --json and looks at `writable` and `quorum`.\n",
    .positional = nullptr,
    .add_options = nullptr,
    .run = run_status,
};

}  // namespace pmx::pmxctl
