// base  := index view chain, string voters, u32 level, tree digest, string request results, ended
// ended := nothing, where no view did; else u16 count, count * (view, last index)
#include "replica/base.h"

#include "base/bytes.h"

namespace pmx::replica {
namespace {

constexpr std::size_t max_voters_bytes = 4096;
// A cluster has had some tens of nodes, and each 4 boots of 25 KiB, and of what is forgotten mostly
// some bytes for each boot, and never more than 140 KiB.
constexpr std::size_t max_results_bytes = 64U << 20;

ViewEnds get_ended(ByteReader& in, const Base& base) {
    ViewEnds ended;
    if (in.remaining() == 0) return ended;
    const std::uint16_t count = in.u16();
    if (count == 0 || count > max_view_ends) in.fail();
    ViewEnd before;
    for (std::uint16_t i = 0; i < count && !in.failed(); ++i) {
        ViewEnd end;
        end.view = in.view();
        end.last = in.log_index();
        if (end.view <= before.view || end.last <= before.last) in.fail();
        ended.push_back(before = end);
    }
    if (before.view >= base.view || before.last >= base.index) in.fail();
    return ended;
}

}  // namespace

std::string encode(const Base& base) {
    ByteWriter out;
    out.id(base.index);
    out.id(base.view);
    out.raw(as_bytes(base.chain));
    out.string(encode(base.voters));
    out.u32(base.level);
    out.raw(as_bytes(base.tree_digest));
    out.string(base.results.encode());
    if (!base.ended.empty()) {
        out.u16(static_cast<std::uint16_t>(base.ended.size()));
        for (const ViewEnd& end : base.ended) {
            out.id(end.view);
            out.id(end.last);
        }
    }
    return out.take();
}

Result<Base> decode_base(std::string_view bytes) {
    ByteReader in(bytes);
    Base base;
    base.index = in.log_index();
    base.view = in.view();
    base.chain = in.hash();
    const std::string_view voters_bytes = in.string(max_voters_bytes);
    base.level = in.u32();
    base.tree_digest = in.hash();
    const std::string_view results_bytes = in.string(max_results_bytes);
    base.ended = get_ended(in, base);
    if (!in.complete()) return fail(Code::corrupt, "these bytes are no base of a log");
    Result<VoterList> voters = decode_voters(voters_bytes);
    if (!voters) return fail(voters.error().while_doing("base"));
    base.voters = *std::move(voters);
    Result<RequestResults> results = RequestResults::decode(results_bytes);
    if (!results) return fail(results.error().while_doing("base"));
    base.results = *std::move(results);
    return base;
}

}  // namespace pmx::replica
