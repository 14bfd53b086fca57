#include "tools/pmxctl/membership_wait.h"

#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "control/client.h"
#include "tools/pmxctl/ask.h"
#include "tools/pmxctl/human.h"

namespace po = boost::program_options;

namespace pmx::pmxctl {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds longest_answer{5};
constexpr std::chrono::milliseconds between_looks{200};
constexpr unsigned max_wait_s = 3600;

// Empty: nothing is waited for any more.
std::string waited_for(const Result<json>& status) {
    if (!status) {
        return status.error().code() == Code::not_found ? "pmxcfs-lite to start"
                                                        : status.error().message();
    }
    if (text_of(*status, "mode") != "cluster") return "pmxcfs-lite to start as a member";
    if (const json& fetch = member(*status, "catching_up"); fetch.is_object()) {
        const std::uint64_t total = number_of(fetch, "total");
        const std::string share =
            total == 0 ? "" : std::to_string(number_of(fetch, "done") * 100 / total) + " % ";
        return "the cluster's files: " + share + "are here";
    }
    const bool in_step = member(*status, "writable") == true && member(*status, "in_step") == true;
    if (in_step) return {};
    const std::string reason = text_of(*status, "read_only_reason");
    return reason.empty() ? "the others to let this node in" : reason;
}

}  // namespace

void add_wait_option(po::options_description& options) {
    options.add_options()("timeout",
                          po::value<unsigned>()->value_name("SECONDS")->default_value(120),
                          "how long to wait until this node is in step, at most 3600");
}

Result<std::chrono::seconds> given_wait(const Invocation& invocation) {
    const unsigned seconds = invocation.get<unsigned>("timeout");
    if (seconds <= max_wait_s) return std::chrono::seconds(seconds);
    return fail(Code::invalid_argument, "--timeout is a number of seconds from 0 to 3600");
}

Result<json> wait_until_in_step(const Invocation& invocation, std::chrono::seconds timeout) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    std::string told;
    for (;;) {
        auto status =
            control::call(invocation.run_directory, "status", json::object(), longest_answer);
        const std::string waiting_for = waited_for(status);
        if (waiting_for.empty()) return status;
        if (waiting_for != told) {
            std::cerr << "waiting for " << printable(waiting_for) << "\n";
            told = waiting_for;
        }
        if (std::chrono::steady_clock::now() >= deadline) {
            return fail(Code::timed_out,
                        "this node is not in step yet; it goes on trying, and 'pmxctl status' "
                        "tells how far it is. It waits for " +
                            waiting_for);
        }
        std::this_thread::sleep_for(between_looks);
    }
}

}  // namespace pmx::pmxctl
