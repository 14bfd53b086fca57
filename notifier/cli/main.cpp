// pmx-notify: sends events and shows what became of them.
#include <iostream>

#include "notifier/cli/arguments.h"
#include "notifier/cli/commands.h"
#include "notifier/cli/subcommand.h"

namespace {

using namespace pmx::notifier;

int run(const Arguments& arguments) {
    if (const Subcommand* own = find_subcommand(arguments.command)) {
        return own->run(*own, {arguments.run, arguments.json, {}}, arguments.rest);
    }
    if (arguments.command == "send") return run_send(arguments);
    if (arguments.command == "test") return run_test(arguments);
    if (arguments.command == "explain") return run_explain(arguments);
    if (arguments.command == "targets") return run_targets(arguments);
    if (arguments.command == "queue") return run_queue(arguments);
    if (arguments.command == "metrics") return run_metrics(arguments);
    return run_history(arguments);
}

}  // namespace

int main(int argc, char** argv) {
    auto arguments = parse_arguments({argv + 1, argv + argc});
    if (!arguments) {
        std::cerr << "pmx-notify: " << arguments.error().message()
                  << "\nTry 'pmx-notify --help'.\n";
        return exit_usage;
    }
    if (arguments->help) {
        std::cout << help_text(arguments->command);
        return exit_done;
    }
    if (arguments->version) {
        std::cout << "pmx-notify " PMX_VERSION "\n";
        return exit_done;
    }
    return run(*arguments);
}
