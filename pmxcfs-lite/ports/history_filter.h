// Which changes a question about the history is about.
#pragma once

#include <string_view>

#include "ports/log_store.h"
#include "tree/change.h"
#include "tree/layout.h"

namespace pmx::ports {

inline bool is_at_or_below(std::string_view path, std::string_view directory) {
    if (directory.empty()) return true;
    return path.starts_with(directory) &&
           (path.size() == directory.size() || path[directory.size()] == '/');
}

inline bool asks_for(const HistoryQuery& query, const tree::Change& change) {
    const bool renamed = change.kind == tree::ChangeKind::renamed;
    if (!query.include_private && (change.closed || tree::is_private(change.path) ||
                                   (renamed && tree::is_private(change.old_path)))) {
        return false;
    }
    return !query.path || is_at_or_below(change.path, *query.path) ||
           (renamed && is_at_or_below(change.old_path, *query.path));
}

}  // namespace pmx::ports
