// A change that lost out, as a person reads it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/result.h"

namespace pmx::pmxctl {

// Of one of an answer's "changes": "old -> new" of a rename, a '/' behind a directory.
std::string conflict_path(const nlohmann::json& change);
// How the files stand to the change now, in a few words.
std::string conflict_now(const nlohmann::json& change);
std::string conflict_user(const nlohmann::json& conflict);

// Who, when, from where, and each file with what it was and what the change made of it.
Result<std::string> conflict_text(const nlohmann::json& conflict);
// What making it again would do to the files as they are now.
Result<std::string> conflict_effect(const nlohmann::json& conflict);

}  // namespace pmx::pmxctl
