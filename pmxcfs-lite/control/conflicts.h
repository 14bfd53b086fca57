// The changes of this node that lost out, as an administrator deals with them: a request at a time,
// under a short name that is the same on every node.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ports/log_store.h"
#include "ports/store.h"
#include "tree/op.h"
#include "tree/tree.h"

namespace pmx::control {

inline constexpr std::size_t conflict_id_digits = 8;
// Of which so many, the first, must be given.
inline constexpr std::size_t min_conflict_id_digits = 4;

// Of one request, in the order in which they happened; never empty.
struct Conflict {
    std::string id;  // hexadecimal digits
    std::vector<ports::RejectedChange> changes;

    [[nodiscard]] const ports::RejectedChange& first() const { return changes.front(); }
};

// Oldest first.
std::vector<Conflict> group_by_request(std::vector<ports::RejectedChange> rejected);
// The one whose id begins with `id`, of which four digits must be given. Code::not_found; and
// invalid_argument when there are several.
Result<Conflict> find_conflict(std::vector<ports::RejectedChange> rejected, std::string_view id);

// How what a change did stands to the tree as it is now.
enum class Now {
    done,     // it says what the change wanted: nothing is lost
    as_then,  // it is as it was before the change
    other,    // somebody changed it since, or what it was is not known
};
Now compare_with_now(const tree::Tree& tree, const ports::RejectedChange& change);

// What leaves everything as the lost changes left it, provided that nobody changes the same files
// meanwhile. Without steps: nothing is left to do. Code::not_supported where a content is not known
// any more, or the change was a lock.
Result<tree::Transaction> plan_again(const tree::Tree& tree, const Conflict& conflict);

}  // namespace pmx::control
