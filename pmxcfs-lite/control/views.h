// How values of the store look in answers.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/clock.h"
#include "control/recovery.h"
#include "ports/store.h"

namespace pmx::control {

// What the nodes are called, as far as this node was told.
class NodeNames {
  public:
    explicit NodeNames(const ports::Store& store);
    // null where nobody said one.
    [[nodiscard]] nlohmann::json of(NodeId node) const;

  private:
    std::map<NodeId, std::string> names_;
};

// "created", "modified", ...
// As chmod takes it: "0640".
std::string mode_text(tree::NodeKind kind, bool is_private, const tree::Withheld& withheld);
const char* change_name(tree::ChangeKind kind);
// {"uid", "login_uid" (null: nobody logged in), "pid", "program"}
nlohmann::json actor_json(const wire::Actor& actor);

// {"name", "node" (id), "node_name", "version", "renewed_ns", "age_s"} of each lock held, by name.
nlohmann::json locks_json(const tree::Tree& tree, const NodeNames& names, WallTime now);
std::size_t count_locks(const tree::Tree& tree);

// {"summary", "problems": [...], "set_aside", "whole_files", "lost": [...], "confirmable"}
nlohmann::json diagnosis_json(const Diagnosis& diagnosis);

}  // namespace pmx::control
