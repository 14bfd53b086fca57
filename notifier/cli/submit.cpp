#include "notifier/cli/submit.h"

#include <ctime>
#include <iostream>

#include "base/random.h"
#include "notifier/cli/client.h"
#include "notifier/cli/commands.h"
#include "notifier/cli/spool_file.h"
#include "notifier/cli/subcommand.h"

namespace pmx::notifier {

using nlohmann::json;

json request_message(const char* op, const std::optional<std::string>& act_as) {
    json object = {{"op", op}};
    if (act_as) object["as"] = *act_as;
    return object;
}

json event_message(const char* op, const EventRequest& request,
                   const std::optional<std::string>& act_as) {
    json object = request_message(op, act_as);
    object["event"] = json::parse(to_json(request));
    return object;
}

Result<Submitted> submit(const std::string& run, const EventRequest& request,
                         const std::optional<std::string>& act_as) {
    // The same check that the daemon makes: what is wrong is said at once even when it is spooled.
    if (auto event = make_event(request, "localhost"); !event) return fail(event.error());
    const json message = event_message("send", request, act_as);
    auto answer = ask(run, message);
    if (answer) return Submitted{std::move(*answer), std::nullopt};
    if (!is_unreachable(answer.error())) return fail(answer.error());
    auto directory = spool_directory(run);
    if (!directory) return fail(directory.error());
    if (auto spooled = spool(*directory, request.id, message.dump()); !spooled) {
        return fail(spooled.error());
    }
    return Submitted{nullptr, answer.error()};
}

int submit_and_print(const CommonOptions& common, EventRequest request) {
    if (request.id.empty()) request.id = to_hex(random_disk_id());
    if (request.timestamp_s == 0) request.timestamp_s = ::time(nullptr);
    const auto submitted = submit(common.run, request, common.act_as);
    if (!submitted) return report(submitted.error());
    const bool spooled = submitted->spooled.has_value();
    if (common.json) {
        std::cout << json{{"id", request.id}, {"spooled", spooled}}.dump() << "\n";
    } else {
        std::cout << request.id << (spooled ? "\nspooled\n" : "\n");
    }
    return exit_done;
}

}  // namespace pmx::notifier
