// Changes that lost out, for tests.
#pragma once

#include <optional>
#include <string>

#include "ports/log_store.h"

namespace pmx::control {

// Of the request number `sequence` of node 2; the contents are those of a file.
inline ports::RejectedChange lost_change(std::uint64_t sequence, tree::ChangeKind kind,
                                         const std::string& path,
                                         std::optional<std::string> before = {},
                                         std::optional<std::string> after = {}) {
    ports::RejectedChange change;
    change.request = {.node = NodeId(2), .boot = Boot(77), .sequence = sequence};
    change.index = LogIndex(1200 + sequence);
    change.view = View{.era = {}, .number = 7, .leader = NodeId(2)};
    change.time = wall_from_ns(1'800'014'400'000'000'000);
    change.actor = {.uid = 0, .login_uid = 0xffffffff, .pid = 123, .program = "vim"};
    change.kind = kind;
    change.path = path;
    change.before = std::move(before);
    change.after = std::move(after);
    return change;
}

inline ports::RejectedChange lost_rename(std::uint64_t sequence, const std::string& old_path,
                                         const std::string& path,
                                         std::optional<std::string> after) {
    auto change = lost_change(sequence, tree::ChangeKind::renamed, path, {}, std::move(after));
    change.old_path = old_path;
    return change;
}

inline ports::RejectedChange of_directory(ports::RejectedChange change) {
    change.node = tree::NodeKind::directory;
    return change;
}

}  // namespace pmx::control
