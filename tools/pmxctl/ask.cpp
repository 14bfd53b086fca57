#include "tools/pmxctl/ask.h"

#include <iostream>

#include "base/printable.h"
#include "control/client.h"
#include "tools/pmxctl/progress.h"

namespace pmx::pmxctl {

using nlohmann::json;

Result<json> ask(const Invocation& invocation, std::string_view request, json arguments,
                 std::chrono::milliseconds timeout) {
    const Progress progress("waiting for pmxcfs-lite to answer " + std::string(request));
    return control::call(invocation.run_directory, request, std::move(arguments), timeout);
}

Result<ExitCode> ask_for_change(const Invocation& invocation, std::string_view request,
                                json arguments) {
    const auto answer = ask(invocation, request, std::move(arguments));
    if (!answer) return fail(answer.error());
    if (invocation.json) {
        print_json(*answer);
    } else {
        std::cout << "index " << number_of(*answer, "index") << "\n";
    }
    return ExitCode::ok;
}

void print_json(const json& value) {
    const std::string text = value.dump(2, ' ', false, json::error_handler_t::replace);
    std::cout << visible(text, Newlines::kept) << "\n";
}

const json& member(const json& object, std::string_view key) {
    static const json null;
    if (!object.is_object()) return null;
    const auto found = object.find(key);
    return found == object.end() ? null : *found;
}

std::string text_of(const json& object, std::string_view key) {
    const json& value = member(object, key);
    return value.is_string() ? value.get<std::string>() : std::string();
}

std::uint64_t number_of(const json& object, std::string_view key) {
    const json& value = member(object, key);
    return value.is_number() ? value.get<std::uint64_t>() : 0;
}

std::string node_name_of(const json& object, std::string_view name_key, std::string_view id_key) {
    const std::string name = text_of(object, name_key);
    return name.empty() ? std::to_string(number_of(object, id_key)) : name;
}

}  // namespace pmx::pmxctl
