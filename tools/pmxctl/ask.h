// Asking the daemon, and printing what it said.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tools/pmxctl/command.h"

namespace pmx::pmxctl {

// Changes are waited for at least as long as the daemon itself waits for them.
inline constexpr std::chrono::milliseconds default_answer_time{600'000};
// What the daemon has in memory comes at once, or it hangs.
inline constexpr std::chrono::milliseconds look_answer_time{15'000};

// Shows progress while it waits. Where no daemon runs, the error says so and how to start it.
Result<nlohmann::json> ask(const Invocation& invocation, std::string_view request,
                           nlohmann::json arguments,
                           std::chrono::milliseconds timeout = default_answer_time);

// Asks for a change and prints the index it became.
Result<ExitCode> ask_for_change(const Invocation& invocation, std::string_view request,
                                nlohmann::json arguments);

void print_json(const nlohmann::json& value);

// Tolerant readers, so that an answer from a newer daemon is still shown: empty, or 0, when the key
// is missing or of another kind.
std::string text_of(const nlohmann::json& object, std::string_view key);
std::uint64_t number_of(const nlohmann::json& object, std::string_view key);
const nlohmann::json& member(const nlohmann::json& object, std::string_view key);
// What `name_key` says a node is called, or the number under `id_key`.
std::string node_name_of(const nlohmann::json& object, std::string_view name_key = "node_name",
                         std::string_view id_key = "node");

}  // namespace pmx::pmxctl
