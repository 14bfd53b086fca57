#include "notifier/cli/client.h"

#include <cerrno>

#include "base/json.h"
#include "base/local_socket.h"

namespace pmx::notifier {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds answer_timeout{20};

}  // namespace

Result<json> ask(const std::string& run, const json& request) {
    const std::string bytes = compact_text(request);
    auto answer = local_call(run + "/notify.sock", bytes, answer_timeout);
    if (!answer) {
        const Code code = answer.error().code();
        if (code == Code::not_found) {
            return fail(Code::shutting_down,
                        "pmx-notifyd does not run (" + answer.error().message() + ")");
        }
        if (answer.error().error_number() == ECONNRESET || answer.error().error_number() == EPIPE ||
            code == Code::protocol_error) {
            return fail(Code::shutting_down, "pmx-notifyd hung up: it ends");
        }
        if (code == Code::busy) {
            return fail(Code::shutting_down,
                        "pmx-notifyd took no call: " + answer.error().message());
        }
        if (code == Code::timed_out) {
            return fail(Code::shutting_down, "pmx-notifyd does not answer");
        }
        // Not the daemon's verdict, even where it is EACCES.
        return fail(Code::io_error, answer.error().message());
    }
    json parsed = json::parse(*answer, nullptr, false);
    if (!parsed.is_object()) return fail(Code::protocol_error, "pmx-notifyd answered no JSON");
    const auto error = parsed.find("error");
    if (error == parsed.end() || !error->is_object()) return parsed;
    return fail(code_named(text_member(*error, "code").value_or("")),
                text_member(*error, "message").value_or(""));
}

bool is_unreachable(const Error& error) {
    return error.code() == Code::shutting_down;
}

}  // namespace pmx::notifier
