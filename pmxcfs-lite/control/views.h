// How values of the store look in answers.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/clock.h"
#include "control/recovery.h"
#include "ports/store.h"

namespace pmx::control {

// {"name", "node" (id), "version", "renewed_ns", "age_s"} of each lock held, by name.
nlohmann::json locks_json(const tree::Tree& tree, WallTime now);
std::size_t count_locks(const tree::Tree& tree);

// {"summary", "problems": [...], "set_aside", "whole_files", "lost": [...], "confirmable"}
nlohmann::json diagnosis_json(const Diagnosis& diagnosis);

}  // namespace pmx::control
