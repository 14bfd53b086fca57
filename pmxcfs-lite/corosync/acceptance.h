// Whether corosync itself would start with a configuration.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace pmx::corosync {

// Which node the answer is for.
enum class Judge : bool {
    this_node,  // which the text must name, or corosync would not start here
    any_node,   // this node need not be one of the text's, nor have its address now
};

// Runs `corosync -t` on a copy of `text` in a directory of its own below `scratch`, as the user
// nobody when root calls, with bounded time, memory and output: the text may be anybody's. Names
// are resolved on this node. What is a node's own (schema/corosync_local_keys.h) is left out.
//
// Code::invalid_argument with corosync's words where it refuses; any other code means that it could
// not be asked.
Result<void> accepts(std::string_view text, const std::string& scratch,
                     Judge judge = Judge::this_node);

// What corosync's programs printed, as one line for a person: at most 500 bytes.
std::string corosync_words(std::string_view output);

}  // namespace pmx::corosync
