// targets, queue and history: what the daemon knows.
#include <iostream>
#include <nlohmann/json.hpp>

#include "notifier/cli/client.h"
#include "notifier/cli/commands.h"
#include "notifier/cli/table.h"
#include "notifier/mail/encode.h"

namespace pmx::notifier {
namespace {

using nlohmann::json;

json message(const char* op, const Arguments& arguments) {
    json object = {{"op", op}};
    if (arguments.act_as) object["as"] = *arguments.act_as;
    return object;
}

std::string text(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::int64_t number(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

// Prints the answer as JSON, or with `print`.
template <typename Print>
int ask_and_print(const Arguments& arguments, const json& request, Print print) {
    auto answer = ask(arguments.run, request);
    if (!answer) return report(answer.error());
    if (arguments.json) {
        std::cout << answer->dump() << "\n";
    } else {
        print(*answer);
    }
    return exit_done;
}

std::string state_of(const json& target) {
    if (target.value("disable", false)) return "disabled";
    return target.value("last-good", false) ? "last good version" : "ok";
}

void print_targets(const json& answer) {
    std::vector<std::vector<std::string>> rows;
    for (const json& target : answer.value("targets", json::array())) {
        const json health = target.value("health", json::object());
        rows.push_back({text(target, "name"), text(target, "type"), text(target, "filter"),
                        state_of(target), local_time(number(health, "last-success")),
                        local_time(number(health, "last-failure")), text(health, "last-error")});
    }
    std::cout << table(
        {"TARGET", "TYPE", "FILTER", "STATE", "LAST SUCCESS", "LAST FAILURE", "LAST ERROR"}, rows);
    for (const json& problem : answer.value("problems", json::array()))
        std::cerr << "pmx-notify: " << clean_line(problem.get<std::string>()) << "\n";
}

void print_queue(const json& answer) {
    std::vector<std::vector<std::string>> rows;
    for (const json& delivery : answer.value("deliveries", json::array())) {
        rows.push_back({std::to_string(number(delivery, "delivery")), text(delivery, "target"),
                        text(delivery, "state"), std::to_string(number(delivery, "attempts")),
                        local_time(number(delivery, "next-attempt")), text(delivery, "event"),
                        text(delivery, "title"), text(delivery, "reason")});
    }
    if (rows.empty()) {
        std::cout << "nothing waits\n";
        return;
    }
    std::cout << table({"ID", "TARGET", "STATE", "TRIED", "NEXT TRY", "EVENT", "TITLE", "REASON"},
                       rows);
}

void print_history(const json& answer) {
    std::vector<std::vector<std::string>> rows;
    for (const json& delivery : answer.value("deliveries", json::array())) {
        rows.push_back({local_time(number(delivery, "accepted")), text(delivery, "event"),
                        text(delivery, "type"), text(delivery, "severity"),
                        text(delivery, "caller"), text(delivery, "target"), text(delivery, "state"),
                        text(delivery, "title"), text(delivery, "reason")});
    }
    std::cout << table(
        {"TIME", "EVENT", "TYPE", "SEVERITY", "BY", "TARGET", "STATE", "TITLE", "REASON"}, rows);
}

}  // namespace

int report(const Error& error) {
    std::cerr << "pmx-notify: " << clean_line(error.message()) << "\n";
    switch (error.code()) {
        case Code::invalid_argument:
        case Code::not_supported:
            return exit_usage;
        case Code::access_denied:
        case Code::permission_denied:
            return exit_refused;
        default:
            return exit_failed;
    }
}

int run_targets(const Arguments& arguments) {
    return ask_and_print(arguments, message("targets", arguments), print_targets);
}

int run_queue(const Arguments& arguments) {
    if (!arguments.retry) {
        return ask_and_print(arguments, message("queue", arguments), print_queue);
    }
    json request = message("retry", arguments);
    request["delivery"] = *arguments.retry;
    return ask_and_print(arguments, request, [&](const json&) {
        std::cout << "delivery " << *arguments.retry << " is tried again\n";
    });
}

int run_history(const Arguments& arguments) {
    json request = message("history", arguments);
    if (arguments.target) request["target"] = *arguments.target;
    return ask_and_print(arguments, request, print_history);
}

}  // namespace pmx::notifier
