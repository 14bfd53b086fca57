#include "control/dispatcher.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/json_nesting.h"
#include "control/arguments.h"
#include "control/protocol.h"
#include "control/request.h"

namespace pmx::control {
namespace {

using nlohmann::json;

// What a caller without rights may make the daemon parse.
constexpr std::size_t max_reader_request_bytes = 64 << 10;
// The deepest request is txn's: request, list, object.
constexpr std::size_t max_nesting = 8;

Result<json> parse(std::string_view bytes, bool administrator) {
    if (!administrator && bytes.size() > max_reader_request_bytes) {
        return fail(Code::file_too_large, "the request is too long for a caller who may only read");
    }
    if (json_nests_deeper_than(bytes, max_nesting)) {
        return fail(Code::protocol_error, "the request nests too deep");
    }
    json parsed = json::parse(bytes, nullptr, false);
    if (!parsed.is_object()) return fail(Code::protocol_error, "the request is no JSON object");
    return parsed;
}

Result<json> handle(Context& context, std::string_view bytes) {
    auto parsed = parse(bytes, context.administrator);
    if (!parsed) return fail(parsed.error());
    Arguments arguments(*parsed);
    const auto version = arguments.optional_number("version", UINT64_MAX);
    const std::string name = arguments.text("request", 64);
    if (version != protocol_version) {
        return fail(Code::not_supported, "the daemon speaks version " +
                                             std::to_string(protocol_version) +
                                             " of this protocol: use the pmxctl installed with it");
    }
    const Request* request = find_request(name);
    if (request == nullptr) return fail(Code::not_supported, "there is no request '" + name + "'");
    if (request->access == Access::administrator && !context.administrator) {
        return fail(Code::permission_denied, "only root may ask for " + name);
    }
    return request->handler(context, arguments);
}

std::string to_bytes(const json& answer) {
    return answer.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string error_answer(const Error& error) {
    return to_bytes({{"version", protocol_version},
                     {"error", {{"code", code_name(error.code())}, {"message", error.message()}}}});
}

}  // namespace

Dispatcher::Dispatcher(ports::Store& store, Recovery* recovery, std::string mount)
    : store_(store), recovery_(recovery), mount_(std::move(mount)) {}

std::string Dispatcher::answer(const PeerCredentials& caller, std::string_view request) {
    Context context{.store = store_,
                    .recovery = recovery_,
                    .mount = mount_,
                    .waits = *waits_,
                    .caller = caller,
                    .administrator = caller.uid == 0 || caller.uid == ::geteuid()};
    auto result = handle(context, request);
    if (!result) return error_answer(result.error());
    std::string bytes = to_bytes({{"version", protocol_version}, {"result", std::move(*result)}});
    if (bytes.size() > max_local_message_bytes) {
        return error_answer(Error(Code::file_too_large, "the answer is too long: ask for less"));
    }
    return bytes;
}

}  // namespace pmx::control
