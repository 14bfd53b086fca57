#include <iostream>

#include "tools/pmxctl/ask.h"
#include "tools/pmxctl/human.h"

namespace pmx::pmxctl {
namespace {

using nlohmann::json;

std::string line_of(const json& problem) {
    std::string text = text_of(problem, "file") + ":";
    if (const auto line = number_of(problem, "line"); line > 0) text += std::to_string(line) + ":";
    return printable(text + " " + text_of(problem, "reason"));
}

Result<ExitCode> run_problems(const Invocation& invocation) {
    const auto answer = ask(invocation, "problems", json::object(), look_answer_time);
    if (!answer) return fail(answer.error());
    const json& problems = member(*answer, "problems");
    if (invocation.json) {
        print_json(*answer);
    } else if (problems.empty()) {
        std::cout << "no problems\n";
    } else {
        for (const json& problem : problems)
            std::cout << line_of(problem) << "\n";
    }
    return problems.empty() ? ExitCode::ok : ExitCode::failed;
}

}  // namespace

const Command problems_command{
    .name = "problems",
    .arguments = "",
    .summary = "what does not parse in the configuration files whose format is known",
    .details = "Exit code 1 when there is a problem.\n",
    .positional = nullptr,
    .add_options = nullptr,
    .run = run_problems,
};

}  // namespace pmx::pmxctl
