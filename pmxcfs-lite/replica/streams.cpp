#include "replica/streams.h"

#include "base/bytes.h"
#include "tree/limits.h"
#include "wire/draft.h"

namespace pmx::replica {
namespace {

constexpr std::size_t max_item_bytes = wire::max_draft_bytes + 4096;
constexpr std::size_t max_base_bytes = 80U << 20;

}  // namespace

std::string cut_stream(std::uint32_t offset, std::size_t limit,
                       const std::function<std::optional<std::string>(std::size_t)>& item) {
    std::string bytes;
    std::size_t skip = offset;
    for (std::size_t i = 0; bytes.size() < limit; ++i) {
        const std::optional<std::string> next = item(i);
        if (!next) break;
        if (skip < next->size()) bytes.append(*next, skip, limit - bytes.size());
        skip = 0;
    }
    return bytes;
}

std::string entry_item(const wire::Entry& entry) {
    ByteWriter out;
    out.string(wire::encode(entry));
    out.raw(as_bytes(entry.chain));
    return out.take();
}

std::string node_item(const tree::Node& node) {
    ByteWriter out;
    out.string(tree::encode(node));
    return out.take();
}

Result<std::pair<std::string, std::string>> StreamReader::next_item(std::size_t limit,
                                                                    std::size_t extra) {
    if (rest_.size() < 4) return fail(Code::busy, "more bytes are needed");
    ByteReader length_of(rest_);
    const std::size_t length = length_of.u32();
    if (length > limit) return fail(Code::corrupt, "these bytes are no stream");
    if (rest_.size() < 4 + length + extra) return fail(Code::busy, "more bytes are needed");
    std::pair<std::string, std::string> item{rest_.substr(4, length),
                                             rest_.substr(4 + length, extra)};
    rest_.erase(0, 4 + length + extra);
    return item;
}

Result<wire::Entry> StreamReader::next_entry() {
    auto item = next_item(max_item_bytes, sizeof(wire::Chain));
    if (!item) return fail(item.error());
    Result<wire::Entry> entry = wire::decode_entry(item->first);
    if (!entry) return fail(Code::corrupt, "these bytes are no entry");
    entry->chain = ByteReader(item->second).hash();
    return entry;
}

Result<tree::Node> StreamReader::next_node() {
    auto item = next_item(max_item_bytes, 0);
    if (!item) return fail(item.error());
    return tree::decode_node(item->first);
}

std::string encode_outline(const Base& base, const tree::Tree& tree) {
    ByteWriter out;
    out.string(encode(base));
    out.string(tree.cluster_log().encode());
    out.u32(static_cast<std::uint32_t>(tree.nodes().size()));
    for (const auto& [inode, node] : tree.nodes()) {
        out.id(inode);
        out.raw(as_bytes(tree.digest_of(inode)));
    }
    return out.take();
}

Result<Outline> decode_outline(std::string_view bytes) {
    ByteReader in(bytes);
    Outline outline;
    Result<Base> base = decode_base(in.string(max_base_bytes));
    if (!base) return fail(base.error().while_doing("outline of a snapshot"));
    outline.base = *std::move(base);
    auto cluster_log = tree::ClusterLog::decode(in.string(tree::ClusterLog::max_bytes));
    if (!cluster_log) return fail(cluster_log.error().while_doing("outline of a snapshot"));
    outline.cluster_log = *std::move(cluster_log);
    const std::uint32_t count = in.u32();
    if (count > tree::max_inodes) in.fail();
    for (std::uint32_t i = 0; i < count && !in.failed(); ++i) {
        const Inode inode = in.inode();
        if (!outline.inodes.empty() && inode <= outline.inodes.back().first) in.fail();
        outline.inodes.emplace_back(inode, in.hash());
    }
    if (!in.complete()) return fail(Code::corrupt, "these bytes are no outline of a snapshot");
    return outline;
}

}  // namespace pmx::replica
