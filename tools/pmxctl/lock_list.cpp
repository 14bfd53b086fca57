#include <iostream>

#include "tools/pmxctl/ask.h"
#include "tools/pmxctl/human.h"
#include "tools/pmxctl/table.h"

namespace pmx::pmxctl {
namespace {

Result<ExitCode> run_lock_list(const Invocation& invocation) {
    const auto answer = ask(invocation, "lock_list", nlohmann::json::object(), look_answer_time);
    if (!answer) return fail(answer.error());
    if (invocation.json) {
        print_json(*answer);
        return ExitCode::ok;
    }
    Table table({{"LOCK"}, {"NODE"}, {"RENEWED"}, {"AGO", true}});
    for (const auto& lock : member(*answer, "locks")) {
        table.add({text_of(lock, "name"), node_name_of(lock),
                   local_time(static_cast<std::int64_t>(number_of(lock, "renewed_ns"))),
                   duration_text(number_of(lock, "age_s"))});
    }
    if (member(*answer, "locks").empty()) {
        std::cout << "no locks are held\n";
    } else {
        table.print(std::cout);
    }
    return ExitCode::ok;
}

}  // namespace

const Command lock_list_command{
    .name = "lock list",
    .arguments = "",
    .summary = "the cluster's locks (priv/lock), and which node holds each",
    .details = "One that was not renewed for 120 seconds is freed when somebody else wants it.\n",
    .positional = nullptr,
    .add_options = nullptr,
    .run = run_lock_list,
};

}  // namespace pmx::pmxctl
