// A broken file never silences anyone: a section that does not parse is replaced by its last good
// version, which the caller keeps across restarts.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "schema/section_config.h"

namespace pmx::schema {

// The text of a section when it was last right. The private part is a secret: keep it where only
// root reads.
struct GoodSection {
    std::string text;          // of notifications.cfg or jobs.cfg
    std::string private_text;  // of the section of the same id in priv/notifications.cfg, or empty
    friend bool operator==(const GoodSection&, const GoodSection&) = default;
};
using GoodSections = std::map<std::string, GoodSection>;  // by id

// Which sections of a file are right now, and which ids must not be taken for removed.
struct SectionStates {
    GoodSections good;
    std::set<std::string> broken;     // there, but not right
    bool any_may_be_missing = false;  // a header may be mangled: nothing counts as removed
};

// The sections in force: those that are right now, the last good version of those that are broken
// or may be. It is also what is to be kept for the next time.
GoodSections merge_last_good(const SectionStates& now, const GoodSections& last_good);

}  // namespace pmx::schema
