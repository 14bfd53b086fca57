// node     := inode, parent, string name, u8 kind, i64 mtime_ns, version, writer, withheld, content
// kind     := that of the node, plus 128 where it withholds anything
// withheld := u16 (withheld.h) there, and nothing elsewhere: so a node that withholds nothing has
// the
//             bytes, and with them the digest, that it had before there was such a thing
// content  := string of a file, nothing of a directory
#include "base/bytes.h"
#include "tree/limits.h"
#include "tree/permissions.h"
#include "tree/tree.h"

namespace pmx::tree {
namespace {

constexpr std::uint8_t withholds = 128;

ByteWriter all_but_content(const Node& node) {
    ByteWriter out;
    out.id(node.inode);
    out.id(node.parent);
    out.string(node.name);
    const std::uint16_t withheld = to_bits(node.withheld);
    const auto kind = static_cast<std::uint8_t>(node.kind);
    out.u8(withheld != 0 ? kind | withholds : kind);
    out.i64(to_ns(node.mtime));
    out.id(node.version);
    out.id(node.writer);
    if (withheld != 0) out.u16(withheld);
    return out;
}

}  // namespace

std::string encode(const Node& node) {
    ByteWriter out = all_but_content(node);
    if (node.content) out.string(*node.content);
    return out.take();
}

Sha256 digest(const Node& node) {
    const ByteWriter head = all_but_content(node);
    return sha256({head.bytes(), node.content ? std::string_view(*node.content) : ""});
}

Result<Node> decode_node(std::string_view bytes) {
    ByteReader in(bytes);
    Node node;
    node.inode = in.inode();
    node.parent = in.inode();
    node.name = in.string(max_name_bytes);
    const std::uint8_t kind = in.u8();
    node.kind = static_cast<NodeKind>(kind & ~withholds);
    node.mtime = wall_from_ns(in.i64());
    node.version = in.log_index();
    node.writer = in.node_id();
    if ((kind & withholds) != 0) {
        const std::uint16_t bits = in.u16();
        node.withheld = withheld_of_bits(bits);
        if (bits == 0 || !is_valid(node.kind, node.withheld)) in.fail();
    }
    if (node.kind == NodeKind::file) {
        node.content = std::make_shared<const std::string>(in.string(max_file_bytes));
    } else if (node.kind != NodeKind::directory) {
        in.fail();
    }
    if (!in.complete()) return fail(Code::corrupt, "these bytes are no node of a tree");
    return node;
}

}  // namespace pmx::tree
