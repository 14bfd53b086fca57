#include "control/dispatcher.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/json_nesting.h"
#include "base/process.h"
#include "control/arguments.h"
#include "control/protocol.h"
#include "control/request.h"
#include "wire/peer_message.h"

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

Result<const Request*> find(const json& parsed, bool administrator) {
    const auto version = parsed.find("version");
    if (version == parsed.end() || *version != protocol_version) {
        return fail(Code::not_supported, "the daemon speaks version " +
                                             std::to_string(protocol_version) +
                                             " of this protocol: use the pmxctl installed with it");
    }
    const std::string name = text_member(parsed, "request").value_or("").substr(0, 64);
    const Request* request = find_request(name);
    if (request == nullptr) return fail(Code::not_supported, "there is no request '" + name + "'");
    if (request->access == Access::administrator && !administrator) {
        return fail(Code::permission_denied, "only root may ask for " + name);
    }
    return request;
}

std::string error_answer(const Error& error) {
    return compact_text(
        {{"version", protocol_version},
         {"error", {{"code", code_name(error.code())}, {"message", error.message()}}}});
}

// What does not concern the handler is taken out already.
std::string carry_out(const Context& context, const Request& request, json parsed) {
    parsed.erase("version");
    parsed.erase("request");
    Arguments arguments(parsed);
    auto result = request.handler(context, arguments);
    if (!result) return error_answer(result.error());
    std::string bytes =
        compact_text({{"version", protocol_version}, {"result", std::move(*result)}});
    if (bytes.size() > context.max_answer_bytes) {
        return error_answer(
            Error(Code::file_too_large, "the answer is too long: ask for less, or on node " +
                                            context.store.node_name() + " itself"));
    }
    return bytes;
}

// Changes wait for the store as long as it waits itself; what only reads does not.
std::chrono::milliseconds patience_with(const Request& request) {
    return std::chrono::seconds(request.access == Access::administrator ? 40 : 5);
}

// The caller as the log records it.
wire::Actor actor_of(const PeerCredentials& caller) {
    const ProcessInfo process = read_process(caller.pid);
    return {.uid = caller.uid,
            .login_uid = process.login_uid,
            .pid = caller.pid,
            .program = process.program.substr(0, wire::max_program_bytes)};
}

json actor_json(const wire::Actor& actor) {
    return {{"uid", actor.uid},
            {"login_uid", actor.login_uid},
            {"pid", actor.pid},
            {"program", actor.program}};
}

Result<wire::Actor> parse_actor(const json& object) {
    Arguments arguments(object);
    wire::Actor actor;
    const auto number = [&](const char* key, std::uint64_t max) {
        return arguments.optional_number(key, max).value_or(0);
    };
    actor.uid = static_cast<std::uint32_t>(number("uid", UINT32_MAX));
    actor.login_uid = static_cast<std::uint32_t>(number("login_uid", UINT32_MAX));
    actor.pid = static_cast<std::int32_t>(number("pid", INT32_MAX));
    actor.program = arguments.text("program", wire::max_program_bytes);
    if (auto ok = arguments.check(); !ok) return fail(ok.error().while_doing("actor"));
    return actor;
}

}  // namespace

Dispatcher::Dispatcher(ports::Store& store, ports::Members* members, Recovery* recovery,
                       std::string mount)
    : store_(store), members_(members), recovery_(recovery), mount_(std::move(mount)) {}

Context Dispatcher::context_of(wire::Actor caller, bool administrator,
                               std::size_t max_answer_bytes) const {
    return {.store = store_,
            .recovery = recovery_,
            .mount = mount_,
            .waits = *waits_,
            .caller = std::move(caller),
            .administrator = administrator,
            .max_answer_bytes = max_answer_bytes};
}

std::string Dispatcher::answer(const PeerCredentials& caller, std::string_view request) {
    const bool administrator = caller.uid == 0 || caller.uid == ::geteuid();
    auto parsed = parse(request, administrator);
    if (!parsed) return error_answer(parsed.error());
    if (parsed->contains("node")) {
        if (!administrator) {
            return error_answer(
                Error(Code::permission_denied, "only root may ask what another node has"));
        }
        auto answer = pass_on(std::move(*parsed), actor_of(caller));
        return answer ? std::move(*answer) : error_answer(answer.error());
    }
    const auto found = find(*parsed, administrator);
    if (!found) return error_answer(found.error());
    const Context context = context_of(actor_of(caller), administrator, max_local_message_bytes);
    return carry_out(context, **found, std::move(*parsed));
}

Result<std::string> Dispatcher::pass_on(json request, const wire::Actor& actor) {
    const auto node = number_member(request, "node");
    if (!node || *node < 1 || *node > UINT32_MAX) {
        return fail(Code::invalid_argument, "'node' is no node id");
    }
    const auto found = find(request, true);
    if (!found) return fail(found.error());
    if ((*found)->scope != Scope::own_node || members_ == nullptr) {
        return fail(Code::not_supported, "no other node is asked for this");
    }
    request.erase("node");
    request["actor"] = actor_json(actor);
    std::string bytes = compact_text(request);
    if (bytes.size() > wire::max_question_bytes) {
        return fail(Code::file_too_large, "the request is too long to be passed on");
    }
    const auto patience = patience_with(**found);
    auto answer = waits_->wait_for_value<Result<std::string>>([&](ports::Members::Done done) {
        members_->ask(NodeId(static_cast<std::uint32_t>(*node)), std::move(bytes), patience,
                      std::move(done));
    });
    if (!answer) return fail(answer.error());
    return std::move(*answer);
}

std::string Dispatcher::answer_member(std::string_view request) {
    auto parsed = parse(request, true);
    if (!parsed) return error_answer(parsed.error());
    const auto found = find(*parsed, true);
    if (!found) return error_answer(found.error());
    if ((*found)->scope != Scope::own_node || !parsed->contains("actor")) {
        return error_answer(Error(Code::not_supported, "no other node may ask for this"));
    }
    const auto actor = parse_actor((*parsed)["actor"]);
    if (!actor) return error_answer(actor.error());
    parsed->erase("actor");
    const Context context = context_of(*actor, true, wire::max_answer_bytes);
    return carry_out(context, **found, std::move(*parsed));
}

}  // namespace pmx::control
