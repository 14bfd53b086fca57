#include <iostream>

#include "sqlite/fsck.h"
#include "sqlite/open.h"
#include "tools/pmxctl/ask.h"
#include "tools/pmxctl/human.h"
#include "tools/pmxctl/progress.h"

namespace po = boost::program_options;

namespace pmx::pmxctl {
namespace {

using nlohmann::json;

void recover_options(po::options_description& options) {
    auto add = options.add_options();
    add("confirm", "go on with what is whole");
    add("state", po::value<std::string>()->value_name("DIR"),
        "the database of a daemon that is stopped");
}

// The same object that the daemon's recover request gives.
Result<json> recover_stopped(const std::string& state, bool confirm) {
    const Progress progress("reading " + state);
    const auto report = sqlite::check_database(state);
    if (!report) return fail(report.error());
    if (!report->unconfirmed_recovery) {
        if (!report->clean()) {
            return fail(Code::corrupt, state +
                                           ": damaged, and not yet set aside: start the daemon, "
                                           "which saves what is whole and serves it read-only");
        }
        return json{{"damage", nullptr}, {"confirmed", false}};
    }
    if (confirm) {
        if (auto done = sqlite::confirm_recovery(state); !done) return fail(done.error());
    }
    const sqlite::Damage& damage = *report->unconfirmed_recovery;
    return json{{"damage",
                 {{"summary", sqlite::summary(damage)},
                  {"problems", damage.problems},
                  {"set_aside", damage.set_aside},
                  {"whole_files", damage.whole_files},
                  {"lost", damage.lost},
                  {"confirmable", damage.confirmable}}},
                {"confirmed", confirm}};
}

void print_list(std::string_view heading, const json& items) {
    if (items.empty()) return;
    std::cout << heading << "\n";
    for (const json& item : items) {
        if (item.is_string()) std::cout << "  " << printable(item.get<std::string>()) << "\n";
    }
}

std::string_view outcome(const json& answer) {
    if (member(answer, "confirmed") == true) {
        return "the store is writable again, with what is whole\n";
    }
    if (member(member(answer, "damage"), "confirmable") == false) {
        return "nothing was changed: what is served cannot be made writable\n";
    }
    return "nothing was changed: `pmxctl recover --confirm` makes the store writable again, with "
           "what is whole\n";
}

void print_recovered(const json& answer) {
    const json& damage = member(answer, "damage");
    if (!damage.is_object()) {
        std::cout << "nothing is damaged\n";
        return;
    }
    std::cout << printable(text_of(damage, "summary")) << "\n";
    print_list("found:", member(damage, "problems"));
    print_list("lost:", member(damage, "lost"));
    std::cout << "whole: " << count_text(number_of(damage, "whole_files"), "file", "files") << "\n";
    if (const std::string kept = text_of(damage, "set_aside"); !kept.empty()) {
        std::cout << "the damaged database is kept in " << printable(kept) << "\n";
    }
    std::cout << outcome(answer);
}

Result<ExitCode> run_recover(const Invocation& invocation) {
    const bool confirm = invocation.has("confirm");
    const auto answer = invocation.has("state")
                            ? recover_stopped(invocation.get<std::string>("state"), confirm)
                            : ask(invocation, "recover", {{"confirm", confirm}});
    if (!answer) return fail(answer.error());
    if (invocation.json) {
        print_json(*answer);
    } else {
        print_recovered(*answer);
    }
    return ExitCode::ok;
}

}  // namespace

const Command recover_command{
    .name = "recover",
    .arguments = "[--confirm] [--state DIR]",
    .summary = "what a damaged database has lost, and go on with what is whole",
    .details =
        "Without --confirm it only tells. A damaged database is set aside when the daemon starts,\n"
        "never deleted, and what is whole in it is served read-only until it is confirmed.\n",
    .positional = nullptr,
    .add_options = recover_options,
    .run = run_recover,
};

}  // namespace pmx::pmxctl
