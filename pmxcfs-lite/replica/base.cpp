// base := index view chain, string voters, u32 level, tree digest, string request results
#include "replica/base.h"

#include <algorithm>

#include "base/bytes.h"

namespace pmx::replica {
namespace {

constexpr std::size_t max_voters_bytes = 4096;
// 4096 nodes would be 400 MiB; a cluster has had some tens, and each 4 boots of 25 KiB.
constexpr std::size_t max_results_bytes = 64U << 20;

Sha256 get_hash(ByteReader& in) {
    Sha256 hash{};
    const std::string_view bytes = in.raw(hash.size());
    std::copy(bytes.begin(), bytes.end(), hash.begin());
    return hash;
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
    return out.take();
}

Result<Base> decode_base(std::string_view bytes) {
    ByteReader in(bytes);
    Base base;
    base.index = in.log_index();
    base.view = in.view();
    base.chain = get_hash(in);
    const std::string_view voters_bytes = in.string(max_voters_bytes);
    base.level = in.u32();
    base.tree_digest = get_hash(in);
    const std::string_view results_bytes = in.string(max_results_bytes);
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
