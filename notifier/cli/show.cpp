// targets, queue, history and metrics: what the daemon knows.
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json.h"
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
    return text_member(object, key).value_or("");
}

std::int64_t number(const json& object, const char* key) {
    return number_member(object, key).value_or(0);
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
                        text(delivery, "node"), std::to_string(number(delivery, "attempts")),
                        text(delivery, "title"), text(delivery, "reason")});
    }
    std::cout << table({"TIME", "EVENT", "TYPE", "SEVERITY", "BY", "TARGET", "STATE", "NODE",
                        "TRIED", "TITLE", "ANSWER"},
                       rows);
}

std::string recipients_of(const json& delivery) {
    std::string recipients;
    for (const char* which : {"reached", "recipients"})
        for (const json& recipient : delivery.value(which, json::array()))
            recipients += (recipients.empty() ? "" : " ") + recipient.get<std::string>();
    for (const json& skipped : delivery.value("skipped", json::array()))
        recipients += " (" + text(skipped, "user") + ": " + text(skipped, "why") + ")";
    return recipients;
}

// One event: was it sent, to whom, by which node, when, with what answer, and if not, why not.
void print_event(const json& answer) {
    const json deliveries = answer.value("deliveries", json::array());
    const json& event = deliveries.at(0);
    std::cout << "event " << text(event, "event") << ": " << text(event, "type") << ", "
              << text(event, "severity")
              << (event.value("cluster", false) ? ", of the cluster" : "") << "\n  "
              << clean_line(text(event, "title")) << "\n  accepted "
              << local_time(number(event, "accepted")) << ", from " << text(event, "caller")
              << " on node " << clean_line(text(event, "event-node")) << "\n  "
              << clean_line(text(event, "note")) << "\n\n";
    std::vector<std::vector<std::string>> rows;
    for (const json& delivery : deliveries) {
        const std::int64_t next_s = number(delivery, "next-attempt");
        rows.push_back({text(delivery, "target"), text(delivery, "via"), text(delivery, "state"),
                        text(delivery, "node"), local_time(number(delivery, "updated")),
                        std::to_string(number(delivery, "attempts")), local_time(next_s),
                        recipients_of(delivery), text(delivery, "reason")});
    }
    std::cout << table(
        {"TARGET", "VIA", "STATE", "NODE", "WHEN", "TRIED", "NEXT TRY", "RECIPIENTS", "ANSWER"},
        rows);
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
    if (!arguments.event_id) return ask_and_print(arguments, request, print_history);
    request["event"] = *arguments.event_id;
    return ask_and_print(arguments, request, print_event);
}

int run_metrics(const Arguments& arguments) {
    auto answer = ask(arguments.run, message("metrics", arguments));
    if (!answer) return report(answer.error());
    const std::string metrics = text(*answer, "text");
    if (!arguments.textfile) {
        std::cout << metrics;
        return exit_done;
    }
    auto replaced = replace_file(*arguments.textfile, metrics, 0644);
    return replaced ? exit_done : report(replaced.error());
}

}  // namespace pmx::notifier
