// What the journal says of the cluster: who is here, who leads, whether saves are taken. A line for
// each change, none for what stays.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "ports/group_channel.h"
#include "replica/replica.h"

namespace pmx::engine {

struct JournalLine {
    enum class Weight : std::uint8_t { notice, warning, error };
    Weight weight = Weight::notice;
    std::string text;
    friend bool operator==(const JournalLine&, const JournalLine&) = default;
};
void write(const JournalLine& line);

// Pure: what is to be said is given back.
class StateJournal {
  public:
    // The daemons of the group, when it has changed.
    std::optional<JournalLine> members(const std::vector<NodeId>& nodes);
    // Whether saves are taken, when that has changed.
    std::optional<JournalLine> writable(Code code, const replica::Status& status);
    // Eras and the comparison of trees, since the last call.
    std::vector<JournalLine> look(const replica::Status& status);
    static JournalLine lost(std::size_t changes);

  private:
    std::vector<NodeId> members_;
    std::optional<Code> writable_;
    std::optional<Era> era_;
    bool differs_ = false;
};

}  // namespace pmx::engine
