// A new database, of a member of a cluster, in the place of this node's own: `pmxctl cluster join`.
//
// For a state directory that no daemon holds; Code::busy names the process that does.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "ports/log_store.h"

namespace pmx::sqlite {

// What a state directory holds.
struct Occupant {
    // None: damaged, so that nobody knows what it is.
    std::optional<ports::Identity> identity;
    bool has_files = false;  // files, not only directories
};

// Nothing when there is no database. Changes nothing.
Result<std::optional<Occupant>> look_at_occupant(const std::string& state_directory);

// Makes the directory where it is missing. A database that is there is moved, whole, into a
// directory beside it, whose path this returns; empty: there was none. A crash on the way leaves
// the old database in its place or the new one. `member.disk` is drawn anew, whatever it says.
Result<std::string> put_empty_member(const std::string& state_directory, ports::Identity member);

}  // namespace pmx::sqlite
