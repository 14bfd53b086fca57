#include <iostream>

#include "tools/pmxctl/ask.h"
#include "tools/pmxctl/conflict_text.h"
#include "tools/pmxctl/human.h"
#include "tools/pmxctl/lost_changes.h"
#include "tools/pmxctl/table.h"

namespace po = boost::program_options;

namespace pmx::pmxctl {
namespace {

using nlohmann::json;

void print_missing(const LostChanges& lost) {
    for (const json& node : lost.missing) {
        std::cerr << "not asked: " << printable(node_name_of(node)) << " ("
                  << printable(text_of(node, "reason")) << "); it may list more\n";
    }
}

void print_list(const LostChanges& lost) {
    Table table({{"ID"}, {"TIME"}, {"NODE"}, {"USER"}, {"PROGRAM"}, {"WHAT"}, {"NOW"}, {"PATH"}});
    for (const json& conflict : lost.conflicts) {
        for (const json& change : member(conflict, "changes")) {
            table.add({text_of(conflict, "id"),
                       local_time(static_cast<std::int64_t>(number_of(conflict, "time_ns"))),
                       node_name_of(conflict), conflict_user(conflict),
                       text_of(conflict, "program"), text_of(change, "change"),
                       conflict_now(change), conflict_path(change)});
        }
    }
    table.print(std::cout);
    std::cout << "\npmxctl conflicts show ID, then apply ID or forget ID.\n";
}

Result<ExitCode> run_list(const Invocation& invocation) {
    if (invocation.has("list") && invocation.get<std::string>("list") != "list") {
        return usage_error("conflicts is followed by list, show, apply or forget");
    }
    const auto lost = gather_lost_changes(invocation);
    if (!lost) return fail(lost.error());
    if (invocation.json) {
        print_json({{"conflicts", lost->conflicts}, {"missing", lost->missing}});
        return ExitCode::ok;
    }
    if (lost->conflicts.empty()) {
        std::cout << "nothing has lost out\n";
    } else {
        print_list(*lost);
    }
    print_missing(*lost);
    return ExitCode::ok;
}

struct FoundChange {
    LostChanges lost;
    LostChange change;
    std::uint64_t node = 0;  // that was asked
    json conflict;           // with contents, as its daemon gave it
};

Result<FoundChange> look_up(const Invocation& invocation) {
    auto lost = gather_lost_changes(invocation);
    if (!lost) return fail(lost.error());
    auto change = find_lost_change(*lost, invocation.get<std::string>("id"));
    if (!change) return fail(change.error());
    const std::uint64_t node = change->nodes.front();
    const auto answer = ask_node(invocation, *lost, node, "rejected", {{"id", change->id}});
    if (!answer) return fail(answer.error());
    if (member(*answer, "conflicts").size() != 1) {
        return fail(Code::protocol_error, "the daemon's answer is none that this pmxctl knows");
    }
    json conflict = (*answer)["conflicts"][0];
    conflict["listed_on"] = change->nodes;
    return FoundChange{std::move(*lost), std::move(*change), node, std::move(conflict)};
}

Result<ExitCode> run_show(const Invocation& invocation) {
    if (!invocation.has("id")) return usage_error("conflicts show needs an ID");
    const auto found = look_up(invocation);
    if (!found) return fail(found.error());
    if (invocation.json) {
        print_json(found->conflict);
        return ExitCode::ok;
    }
    const auto text = conflict_text(found->conflict);
    if (!text) return fail(text.error());
    std::cout << *text;
    return ExitCode::ok;
}

void add_apply_options(po::options_description& options) {
    options.add_options()("yes", "do not ask");
}

bool is_confirmed(const std::string& effect) {
    std::cerr << effect << "\nMake this change again? [y/N] " << std::flush;
    std::string answer;
    return std::getline(std::cin, answer) && (answer == "y" || answer == "yes");
}

// What the caller has seen: it must still be so when the change is made.
json versions_of(const json& conflict) {
    json seen = json::array();
    for (const json& change : member(conflict, "changes")) {
        seen.push_back(
            {{"path", text_of(change, "path")}, {"version", number_of(change, "version")}});
    }
    return seen;
}

// It is made again, so nobody needs to list it any more.
Result<void> forget_elsewhere(const Invocation& invocation, const FoundChange& found) {
    for (const std::uint64_t node : found.change.nodes) {
        if (node == found.node) continue;
        const auto forgotten =
            ask_node(invocation, found.lost, node, "rejected_forget", {{"id", found.change.id}});
        if (!forgotten) {
            return fail(forgotten.error().while_doing("the change was made again, but node " +
                                                      std::to_string(node) + " lists it still"));
        }
    }
    return {};
}

Result<ExitCode> run_apply(const Invocation& invocation) {
    if (!invocation.has("id")) return usage_error("conflicts apply needs an ID");
    const auto found = look_up(invocation);
    if (!found) return fail(found.error());
    if (!invocation.has("yes")) {
        const auto effect = conflict_effect(found->conflict);
        if (!effect) return fail(effect.error());
        if (!is_confirmed(*effect)) {
            std::cerr << "nothing was changed\n";
            return ExitCode::failed;
        }
    }
    const auto answer =
        ask_node(invocation, found->lost, found->node, "rejected_apply",
                 {{"id", found->change.id}, {"expect", versions_of(found->conflict)}});
    if (!answer) return fail(answer.error());
    if (auto gone = forget_elsewhere(invocation, *found); !gone) return fail(gone.error());
    if (invocation.json) {
        print_json(*answer);
    } else if (number_of(*answer, "index") == 0) {
        std::cout << "the files are so already; it is off the list\n";
    } else {
        std::cout << "index " << number_of(*answer, "index") << "\n";
    }
    return ExitCode::ok;
}

void add_forget_options(po::options_description& options) {
    options.add_options()("all", "all that lost out, on all nodes that can be asked");
}

Result<ExitCode> run_forget(const Invocation& invocation) {
    if (invocation.has("id") == invocation.has("all")) {
        return usage_error("conflicts forget needs an ID, or --all");
    }
    const auto lost = gather_lost_changes(invocation);
    if (!lost) return fail(lost.error());
    json arguments = {{"all", true}};
    std::vector<std::uint64_t> nodes = lost->asked;
    std::uint64_t count = lost->conflicts.size();
    if (invocation.has("id")) {
        auto change = find_lost_change(*lost, invocation.get<std::string>("id"));
        if (!change) return fail(change.error());
        arguments = {{"id", change->id}};
        nodes = std::move(change->nodes);
        count = 1;
    }
    for (const std::uint64_t node : nodes) {
        const auto answer = ask_node(invocation, *lost, node, "rejected_forget", arguments);
        if (!answer) return fail(answer.error());
    }
    if (invocation.json) {
        print_json({{"forgotten", count}, {"missing", lost->missing}});
        return ExitCode::ok;
    }
    std::cout << count_text(count, "change", "changes") << " forgotten\n";
    if (invocation.has("all")) print_missing(*lost);
    return ExitCode::ok;
}

}  // namespace

const Command conflicts_command{
    .name = "conflicts",
    .arguments = "[list]",
    .summary = "the changes that lost out when the cluster agreed again",
    .details =
        "Where two parts of a cluster went on apart, one part's changes give way when they meet;\n"
        "none is dropped in silence. NOW tells how the file stands to the change: as before it\n"
        "(nobody changed it since), as it wanted (nothing is lost), or different.\n"
        "Every node keeps what it had itself; root sees what all nodes list that are in the\n"
        "cluster now, anybody else what this node does.\n",
    .positional = "list",
    .add_options = nullptr,
    .run = run_list,
};

const Command conflicts_show_command{
    .name = "conflicts show",
    .arguments = "ID",
    .summary = "one of them: who made it, when, from where, and the lines it changed",
    .details = "The first four digits of the ID will do where they are its alone.\n",
    .positional = "id",
    .add_options = nullptr,
    .run = run_show,
};

const Command conflicts_apply_command{
    .name = "conflicts apply",
    .arguments = "ID [--yes]",
    .summary = "make one of them again, as a new change; shows what it does, and asks",
    .details =
        "Its files get the content that they had after it, unless somebody changes them\n"
        "meanwhile. It is taken off the list then.\n",
    .positional = "id",
    .add_options = add_apply_options,
    .run = run_apply,
};

const Command conflicts_forget_command{
    .name = "conflicts forget",
    .arguments = "ID | --all",
    .summary = "take one of them, or all, off the lists, contents and all",
    .details = "",
    .positional = "id",
    .add_options = add_forget_options,
    .run = run_forget,
};

}  // namespace pmx::pmxctl
