// unit-failed UNIT: what pmx-notify@.service runs for `OnFailure=pmx-notify@%n.service`.
#include <cstdlib>
#include <iostream>

#include "base/run_program.h"
#include "notifier/cli/commands.h"
#include "notifier/cli/producers.h"
#include "notifier/cli/submit.h"

namespace pmx::notifier {
namespace {

constexpr std::chrono::seconds longest_question{20};
constexpr std::size_t max_log_bytes = 64U << 10;
constexpr const char* log_lines = "50";
constexpr const char* own_unit = "pmx-notify@";

std::string systemd_variable(const char* name) {
    const char* value = ::getenv(name);
    return value == nullptr ? "" : value;
}

// What a program prints, or that it could not be asked.
std::string printed_by(const std::vector<std::string>& command) {
    const auto end = run_program(command, longest_question, {.max_output_bytes = max_log_bytes});
    return end ? end->output : "[" + end.error().message() + "]\n";
}

// The value of "NAME=" in the lines that systemctl show prints.
std::string property(const std::string& shown, const std::string& name) {
    const std::string begin = "\n" + name + "=";
    const std::string text = "\n" + shown;
    const std::size_t at = text.find(begin);
    if (at == std::string::npos) return {};
    const std::size_t from = at + begin.size();
    return text.substr(from, text.find('\n', from) - from);
}

struct Failure {
    std::string result;      // exit-code, signal, timeout, oom-kill, ...
    std::string status;      // exit status or signal
    std::string invocation;  // systemd's id of this run of the unit
    std::string description;
};

// systemd tells who fails (systemd.exec(5), $MONITOR_*); it is asked for what it did not say.
Failure failure_of(const std::string& unit) {
    const std::string shown =
        printed_by({"systemctl", "show",
                    "--property=Result,ExecMainStatus,InvocationID,Description", "--", unit});
    const bool monitored = systemd_variable("MONITOR_UNIT") == unit;
    const auto told = [&](const char* variable, const char* name) {
        const std::string value = monitored ? systemd_variable(variable) : "";
        return value.empty() ? property(shown, name) : value;
    };
    return {told("MONITOR_SERVICE_RESULT", "Result"), told("MONITOR_EXIT_STATUS", "ExecMainStatus"),
            told("MONITOR_INVOCATION_ID", "InvocationID"), property(shown, "Description")};
}

std::string log_of(const std::string& unit, const Failure& failure) {
    std::vector<std::string> command = {"journalctl",         "--quiet", "--no-pager",
                                        "--output=short-iso", "--lines", log_lines};
    if (failure.invocation.empty()) {
        command.push_back("--unit=" + unit);
    } else {
        // What the unit said, and what systemd said of it.
        command.push_back("_SYSTEMD_INVOCATION_ID=" + failure.invocation);
        command.push_back("+");
        command.push_back("INVOCATION_ID=" + failure.invocation);
    }
    return printed_by(command);
}

EventRequest event_of(const std::string& unit) {
    const Failure failure = failure_of(unit);
    EventRequest request;
    request.type = "system-unit";
    request.severity = Severity::error;
    request.fields = {{"unit", unit}, {"result", failure.result}};
    request.title = "Unit " + unit + " failed";
    if (!failure.result.empty()) *request.title += " (" + failure.result + ")";
    std::string body = "Unit:   " + unit + "\n";
    if (!failure.description.empty()) body += "        " + failure.description + "\n";
    if (!failure.result.empty()) body += "Result: " + failure.result + "\n";
    if (!failure.status.empty() && failure.status != "0")
        body += "Status: " + failure.status + "\n";
    request.body = body + "\nThe last lines of its log:\n\n" + log_of(unit, failure);
    // One run of a unit fails once, however often it is said.
    if (valid_event_id(failure.invocation)) request.id = "unit-" + failure.invocation;
    return request;
}

}  // namespace

int run_unit_failed(const Subcommand& self, const CommonOptions& common,
                    const std::vector<std::string>& words) {
    const auto parsed =
        parse_words(self, common, words, boost::program_options::options_description());
    if (!parsed) return report(parsed.error());
    if (!*parsed) return exit_done;
    const auto& operands = (*parsed)->operands;
    if (operands.size() != 1 || operands.front().empty() || operands.front().size() > 255) {
        return report(Error(Code::invalid_argument, "unit-failed: name one unit"));
    }
    // Where every unit has OnFailure=, this one has it too: it must not report itself for ever.
    if (operands.front().starts_with(own_unit)) {
        std::cerr << "pmx-notify: " << operands.front() << " failed, which is not reported\n";
        return exit_done;
    }
    return submit_and_print((*parsed)->common, event_of(operands.front()));
}

}  // namespace pmx::notifier
