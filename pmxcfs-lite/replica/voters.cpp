// voters := u16 count, count * (node disk), sorted by node
#include "replica/voters.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/check.h"

namespace pmx::replica {

std::string encode(const VoterList& voters) {
    PMX_CHECK(voters.size() <= max_voters, "more voters than there may be");
    ByteWriter out;
    out.u16(static_cast<std::uint16_t>(voters.size()));
    for (const Voter& voter : voters) {
        out.id(voter.node);
        out.id(voter.disk);
    }
    return out.take();
}

Result<VoterList> decode_voters(std::string_view bytes) {
    ByteReader in(bytes);
    const std::uint16_t count = in.u16();
    if (count > max_voters) in.fail();
    VoterList voters;
    for (std::uint16_t i = 0; i < count && !in.failed(); ++i) {
        Voter voter;
        voter.node = in.node_id();
        voter.disk = in.disk_id();
        if (!voters.empty() && voter.node <= voters.back().node) in.fail();
        voters.push_back(voter);
    }
    if (!in.complete()) return fail(Code::corrupt, "these bytes are no list of voters");
    return voters;
}

bool contains(const VoterList& voters, const Voter& voter) {
    return std::binary_search(voters.begin(), voters.end(), voter);
}

}  // namespace pmx::replica
