// log_message: {"text": one line, "ident"?: ("pmxctl"), "user"?: ("root"), "severity"?: 0..7 (6)}
//   -> {"index"}: a line of .clusterlog, on every node
#include <nlohmann/json.hpp>

#include "control/request.h"
#include "control/submit.h"

namespace pmx::control {

using nlohmann::json;

namespace {

bool is_one_line(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

}  // namespace

Result<json> handle_log_message(const Context& context, Arguments& arguments) {
    tree::AppendClusterLog message;
    message.text = arguments.text("text", 4096);
    message.ident = arguments.optional_text("ident", 64).value_or("pmxctl");
    message.user = arguments.optional_text("user", 64).value_or("root");
    message.severity =
        static_cast<std::uint8_t>(arguments.optional_number("severity", 7).value_or(6));
    message.pid = static_cast<std::uint32_t>(context.caller.pid);
    if (!is_one_line(message.text) || message.text.empty()) {
        arguments.fail("'text' must be one line, and not empty");
    }
    if (!is_one_line(message.ident) || !is_one_line(message.user)) {
        arguments.fail("'ident' and 'user' must be one line");
    }
    if (auto ok = arguments.check(); !ok) return fail(ok.error());
    return submit(context, std::move(message));
}

}  // namespace pmx::control
