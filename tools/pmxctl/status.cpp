#include <iostream>

#include "tools/pmxctl/ask.h"
#include "tools/pmxctl/human.h"

namespace pmx::pmxctl {
namespace {

using nlohmann::json;

void line(std::string_view label, const std::string& text) {
    std::cout << label << std::string(14 - label.size(), ' ') << printable(text) << "\n";
}

std::string number_text(const json& object, std::string_view key) {
    return std::to_string(number_of(object, key));
}

std::string share(std::uint64_t used, std::uint64_t limit) {
    return limit == 0 ? "" : " (" + std::to_string(used * 100 / limit) + " %)";
}

void print_head(const json& status) {
    const json& node = member(status, "node");
    const bool cluster = text_of(status, "mode") == "cluster";
    line("node", text_of(node, "name") + " (id " + number_text(node, "id") + "), " +
                     (cluster ? "member of a cluster" : "one node alone"));
    line("mounted at", text_of(status, "mount"));
    line("daemon", "pmxcfs-lite " + text_of(status, "version") + ", up " +
                       duration_text(number_of(status, "uptime_s")));
}

void print_state(const json& status) {
    const json& damage = member(status, "damage");
    line("state", member(status, "writable") == true ? "writable" : "READ-ONLY");
    if (const std::string reason = text_of(status, "read_only_reason"); !reason.empty()) {
        line("", reason);
    }
    if (damage.is_object()) {
        line("damage", text_of(damage, "summary"));
        line("", "pmxctl recover tells more, and what to do");
    }
}

void print_log(const json& status) {
    const json& log = member(status, "log");
    std::string view = text_of(status, "view");
    if (view.empty()) view = "none open";
    if (member(status, "leading") == true) view += ", this node leads";
    line("view", view + ", level " + number_text(status, "level"));
    if (text_of(status, "mode") == "cluster") {
        line("quorum", member(status, "quorate") == true ? "yes" : "no");
        std::string members;
        for (const json& id : member(status, "members"))
            members += (members.empty() ? "" : ", ") + id.dump();
        line("members", members);
    }
    line("log", "last " + number_text(log, "last") + ", durable " + number_text(log, "durable") +
                    ", committed " + number_text(log, "committed") + ", applied " +
                    number_text(log, "applied"));
    const json& waiting = member(status, "in_flight");
    line("waiting", count_text(number_of(waiting, "requests"), "change", "changes") + ", " +
                        bytes_text(number_of(waiting, "bytes")));
}

void print_usage(const json& status) {
    const json& usage = member(status, "usage");
    const std::uint64_t bytes = number_of(usage, "bytes");
    const std::uint64_t max_bytes = number_of(usage, "max_bytes");
    const std::uint64_t inodes = number_of(usage, "inodes");
    const std::uint64_t max_inodes = number_of(usage, "max_inodes");
    line("space", bytes_text(bytes) + " of " + bytes_text(max_bytes) + share(bytes, max_bytes));
    line("inodes",
         std::to_string(inodes) + " of " + std::to_string(max_inodes) + share(inodes, max_inodes));
    const std::uint64_t locks = number_of(status, "locks_held");
    line("locks held", std::to_string(locks) + (locks > 0 ? " (pmxctl lock list)" : ""));
}

Result<ExitCode> run(const Invocation& invocation) {
    const auto status = ask(invocation, "status", json::object());
    if (!status) return fail(status.error());
    if (invocation.json) {
        print_json(*status);
        return ExitCode::ok;
    }
    print_head(*status);
    print_state(*status);
    print_log(*status);
    print_usage(*status);
    if (status->contains("last_failure")) {
        const std::string failure = text_of(*status, "last_failure");
        line("last failure", failure.empty() ? "none" : failure);
    }
    return ExitCode::ok;
}

}  // namespace

const Command status_command{
    .name = "status",
    .arguments = "",
    .summary = "how the store is, why it cannot be written, and what would mend it",
    .details = "",
    .positional = nullptr,
    .add_options = nullptr,
    .run = run,
};

}  // namespace pmx::pmxctl
