#include "control/client.h"

#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/local_socket.h"
#include "control/protocol.h"

namespace pmx::control {

using nlohmann::json;

namespace {

tl::unexpected<Error> not_an_answer() {
    return fail(Code::protocol_error, "the daemon's answer is none that this pmxctl understands");
}

// What to do when nobody could be asked.
Error no_answer(const std::string& run_directory, const Error& error) {
    if (error.code() == Code::not_found) {
        return Error(Code::not_found, "pmxcfs-lite does not run: nobody serves " +
                                          socket_path(run_directory) +
                                          ". Start it: systemctl start pmxcfs-lite");
    }
    if (error.code() == Code::access_denied) {
        return Error(Code::access_denied,
                     error.message() + ": only root and the group of that socket may ask");
    }
    if (error.code() == Code::timed_out) {
        return Error(Code::timed_out,
                     "pmxcfs-lite does not answer: it hangs, or its disk does. journalctl -u "
                     "pmxcfs-lite may say why; systemctl restart pmxcfs-lite loses nothing");
    }
    return error.while_doing("asking pmxcfs-lite");
}

Result<json> result_of(const std::string& bytes) {
    json answer = json::parse(bytes, nullptr, false);
    if (!answer.is_object()) return not_an_answer();
    if (const auto result = answer.find("result"); result != answer.end()) {
        return std::move(*result);
    }
    const auto error = answer.find("error");
    if (error == answer.end() || !error->is_object()) return not_an_answer();
    const auto code = error->find("code");
    const auto message = error->find("message");
    if (code == error->end() || !code->is_string() || message == error->end() ||
        !message->is_string()) {
        return not_an_answer();
    }
    return fail(code_named(code->get<std::string>()), message->get<std::string>());
}

}  // namespace

Result<json> call(const std::string& run_directory, std::string_view request, json arguments,
                  std::chrono::milliseconds timeout) {
    arguments["version"] = protocol_version;
    arguments["request"] = request;
    // Input that is no UTF-8 (a path) reaches the daemon as no known name, not as an exception.
    const std::string bytes = compact_text(arguments);
    auto answer = local_call(socket_path(run_directory), bytes, timeout);
    if (!answer) return fail(no_answer(run_directory, answer.error()));
    return result_of(*answer);
}

}  // namespace pmx::control
