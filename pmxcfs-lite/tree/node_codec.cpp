// node := inode, parent, string name, u8 kind, i64 mtime_ns, version, writer, content
// content := string of a file, nothing of a directory
#include "base/bytes.h"
#include "tree/limits.h"
#include "tree/tree.h"

namespace pmx::tree {
namespace {

ByteWriter all_but_content(const Node& node) {
    ByteWriter out;
    out.id(node.inode);
    out.id(node.parent);
    out.string(node.name);
    out.u8(static_cast<std::uint8_t>(node.kind));
    out.i64(to_ns(node.mtime));
    out.id(node.version);
    out.id(node.writer);
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
    node.kind = static_cast<NodeKind>(in.u8());
    node.mtime = wall_from_ns(in.i64());
    node.version = in.log_index();
    node.writer = in.node_id();
    if (node.kind == NodeKind::file) {
        node.content = std::make_shared<const std::string>(in.string(max_file_bytes));
    } else if (node.kind != NodeKind::directory) {
        in.fail();
    }
    if (!in.complete()) return fail(Code::corrupt, "these bytes are no node of a tree");
    return node;
}

}  // namespace pmx::tree
