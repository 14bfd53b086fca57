// Who may do what with which target, and on whose behalf a caller acts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "notifier/plan/plan.h"

namespace pmx::notifier {

// "/mapping/notification/<name>", of a target or filter; without a name "/mapping/notification".
std::string acl_path(std::string_view name);

// "alice@pam lacks Mapping.Use on /mapping/notification/admins"
std::string to_string(const Refusal& refusal, const Caller& caller);

// Each is nothing when it is allowed.
std::optional<Refusal> may_use(const schema::Users& users, const Caller& caller,
                               std::string_view name, std::int64_t now_s);
// Mapping.Audit, .Use or .Modify; mail-to-root needs none.
std::optional<Refusal> may_test(const schema::Users& users, const Caller& caller,
                                std::string_view name, std::int64_t now_s);
// With an empty name: the whole configuration.
std::optional<Refusal> may_read_configuration(const schema::Users& users, const Caller& caller,
                                              std::string_view name, std::int64_t now_s);
std::optional<Refusal> may_change_configuration(const schema::Users& users, const Caller& caller,
                                                std::string_view name, std::int64_t now_s);

// On whose behalf: the local user himself, or who `act_as` (--as) names, which only uid 0 may.
// Code::access_denied: somebody else tried; Code::invalid_argument: no user or token id.
Result<Caller> resolve_caller(std::uint32_t uid, std::string_view local_name,
                              const std::optional<std::string>& act_as);

}  // namespace pmx::notifier
