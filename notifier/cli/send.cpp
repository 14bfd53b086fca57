// send, explain and test: what makes an event.
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/random.h"
#include "notifier/cli/client.h"
#include "notifier/cli/commands.h"
#include "notifier/cli/subcommand.h"
#include "notifier/cli/submit.h"
#include "notifier/cli/table.h"
#include "notifier/mail/encode.h"
#include "notifier/render/event_request.h"

namespace pmx::notifier {
namespace {

using nlohmann::json;
using SteadyClock = std::chrono::steady_clock;

constexpr std::int64_t longest_try_s = 600;  // for --wait without SECONDS, and test
constexpr std::int64_t one_wait_s = 10;      // the daemon answers at least this often

Result<void> take_fields(const std::vector<std::string>& words, EventRequest& request) {
    for (const std::string& word : words) {
        const std::size_t equals = word.find('=');
        if (equals == std::string::npos || equals == 0) {
            return fail(Code::invalid_argument, "--field '" + word + "': write it as NAME=VALUE");
        }
        request.fields[word.substr(0, equals)] = word.substr(equals + 1);
    }
    return {};
}

Result<EventRequest> request_of(const Arguments& arguments) {
    EventRequest request;
    request.id = arguments.event_id.value_or(to_hex(random_disk_id()));
    request.type = arguments.type;
    request.title = arguments.title;
    request.body = arguments.body;
    request.target = arguments.target;
    request.job = arguments.job;
    request.cluster = arguments.cluster;
    request.timestamp_s = ::time(nullptr);
    if (arguments.severity) {
        request.severity = parse_severity(*arguments.severity);
        if (!request.severity) {
            return fail(Code::invalid_argument, "--severity '" + *arguments.severity +
                                                    "': use info, notice, warning or error");
        }
    }
    if (arguments.body_file) {
        auto body = read_input(*arguments.body_file, max_body_bytes);
        if (!body) return fail(body.error());
        request.body = std::move(*body);
    }
    if (arguments.data_file) {
        auto data = read_input(*arguments.data_file, max_data_bytes);
        if (!data) return fail(data.error());
        request.data = std::move(*data);
        if (request.data.empty()) return fail(Code::invalid_argument, "--data is empty");
    }
    if (auto taken = take_fields(arguments.fields, request); !taken) return fail(taken.error());
    return request;
}

bool failed(const json& delivery) {
    const std::string state = delivery.value("state", "");
    return state != "delivered" && state != "skipped" && state != "not-sent";
}

// Names on standard error what was not delivered.
int report_deliveries(const json& deliveries) {
    int status = exit_done;
    for (const json& delivery : deliveries) {
        const json& target = delivery.value("target", json());
        const std::string name = target.is_string() ? target.get<std::string>() : "event";
        const std::string reason = clean_line(delivery.value("reason", ""));
        if (failed(delivery)) {
            const std::string state = delivery.value("state", "");
            std::cerr << "pmx-notify: " << name << ": "
                      << (state == "queued" ? "not delivered yet" : "not delivered")
                      << (reason.empty() ? "" : ": " + reason) << "\n";
            status = exit_failed;
        } else if (delivery.value("state", "") == "not-sent") {
            std::cerr << "pmx-notify: not sent: " << reason << "\n";
        }
    }
    return status;
}

Result<json> wait_for(const Arguments& arguments, const std::string& id) {
    const auto deadline =
        SteadyClock::now() + std::chrono::seconds(arguments.wait_s.value_or(longest_try_s));
    for (;;) {
        const auto left =
            std::chrono::ceil<std::chrono::seconds>(deadline - SteadyClock::now()).count();
        json request = request_message("wait", arguments.act_as);
        request["id"] = id;
        request["until"] = arguments.wait_s ? "settled" : "tried";
        request["seconds"] = std::clamp<std::int64_t>(left, 0, one_wait_s);
        const auto asked = SteadyClock::now();
        auto answer = ask(arguments.run, request);
        if (!answer) return fail(answer.error());
        if (answer->value("done", false) || SteadyClock::now() >= deadline) {
            return answer->value("deliveries", json::array());
        }
        // So many wait that the daemon answers at once.
        if (SteadyClock::now() - asked < std::chrono::milliseconds(100)) ::usleep(500'000);
    }
}

int print_accepted(const Arguments& arguments, const json& answer, bool wait) {
    const std::string id = answer.value("id", "");
    if (!arguments.json) std::cout << id << std::endl;
    if (!wait) {
        if (arguments.json) {
            std::cout << json{{"id", id}, {"spooled", false}}.dump() << "\n";
        }
        return exit_done;
    }
    auto deliveries = wait_for(arguments, id);
    if (!deliveries) {
        std::cerr << "pmx-notify: the event is accepted, but not to be waited for: ";
        return report(deliveries.error());
    }
    if (arguments.json) {
        std::cout << json{{"id", id}, {"spooled", false}, {"deliveries", *deliveries}}.dump()
                  << "\n";
    }
    return report_deliveries(*deliveries);
}

int print_spooled(const Arguments& arguments, const std::string& id, const Error& why) {
    if (arguments.json) {
        std::cout << json{{"id", id}, {"spooled", true}}.dump() << "\n";
    } else {
        std::cout << id << "\nspooled\n";
    }
    if (!arguments.wait) return exit_done;
    std::cerr << "pmx-notify: " << clean_line(why.message())
              << "; the event is spooled, not delivered yet\n";
    return exit_failed;
}

void print_plan(const json& plan) {
    const json& event = plan.value("event", json::object());
    std::cout << "event " << event.value("type", "") << ", severity " << event.value("severity", "")
              << ": " << clean_line(plan.value("reason", "")) << "\n";
    std::vector<std::vector<std::string>> rows;
    for (const json& delivery : plan.value("deliveries", json::array())) {
        std::string recipients;
        for (const json& recipient : delivery.value("recipients", json::array()))
            recipients += (recipients.empty() ? "" : " ") + recipient.get<std::string>();
        for (const json& skipped : delivery.value("skipped", json::array())) {
            recipients += (recipients.empty() ? "" : " ") + std::string("(") +
                          skipped.value("user", "") + ": " + skipped.value("why", "") + ")";
        }
        const json via = delivery.value("via", json());
        rows.push_back({delivery.value("target", ""), via.is_string() ? via.get<std::string>() : "",
                        delivery.value("deliver", false) ? "yes" : "no",
                        delivery.value("reason", ""), recipients});
    }
    if (!rows.empty()) {
        std::cout << "\n" << table({"TARGET", "VIA", "DELIVER", "REASON", "RECIPIENTS"}, rows);
    }
    for (const json& warning : plan.value("warnings", json::array()))
        std::cerr << "pmx-notify: warning: " << clean_line(warning.get<std::string>()) << "\n";
}

}  // namespace

int run_send(const Arguments& arguments) {
    auto request = request_of(arguments);
    if (!request) return report(request.error());
    const auto submitted = submit(arguments.run, *request, arguments.act_as);
    if (!submitted) return report(submitted.error());
    if (submitted->spooled) return print_spooled(arguments, request->id, *submitted->spooled);
    return print_accepted(arguments, submitted->answer, arguments.wait);
}

int run_test(const Arguments& arguments) {
    json request = request_message("test", arguments.act_as);
    request["target"] = *arguments.target;
    request["id"] = to_hex(random_disk_id());
    auto answer = ask(arguments.run, request);
    if (!answer) return report(answer.error());
    const int status = print_accepted(arguments, *answer, true);
    if (status == exit_done && !arguments.json) std::cerr << "delivered\n";
    return status;
}

int run_explain(const Arguments& arguments) {
    auto request = request_of(arguments);
    if (!request) return report(request.error());
    auto answer = ask(arguments.run, event_message("explain", *request, arguments.act_as));
    if (!answer) return report(answer.error());
    if (arguments.json) {
        std::cout << answer->dump() << "\n";
    } else {
        print_plan(*answer);
    }
    return exit_done;
}

}  // namespace pmx::notifier
