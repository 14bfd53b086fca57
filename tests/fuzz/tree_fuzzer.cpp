// A script of operations, read from the bytes: the tree must keep its invariants through all of
// them, and a tree restored from its nodes must go on the same.
//
// Script: operations until the bytes end; a byte chooses the operation, what follows its operands.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "tree/limits.h"
#include "tree/tree.h"

namespace pmx::tree {

namespace {

constexpr std::string_view names[] = {"a",           "b",        "priv", "lock",     "nodes",
                                      "qemu-server", "100.conf", "lxc",  "\xc3\xa4", ".."};

class Script {
  public:
    explicit Script(std::string_view bytes) : reader_(bytes) {}

    [[nodiscard]] bool is_over() const { return reader_.failed() || reader_.remaining() == 0; }
    NodeId node() { return NodeId(reader_.u8() % 3U); }
    WallTime time() { return wall_from_ns(reader_.i64()); }

    Op op() {
        if (reader_.u8() % 8 != 0) return plain_op();
        Transaction transaction;
        const unsigned expectations = reader_.u8() % 3U;
        for (unsigned i = 0; i < expectations; ++i) {
            transaction.expectations.push_back({ref(), LogIndex(reader_.u8())});
        }
        const unsigned steps = reader_.u8() % 8U;
        for (unsigned i = 0; i < steps; ++i)
            transaction.steps.push_back(plain_op());
        return transaction;
    }

  private:
    Op plain_op() {
        switch (reader_.u8() % 11) {
            case 0:
                return CreateFile{ref()};
            case 1:
                return MakeDirectory{ref()};
            case 2:
                return RemoveFile{ref()};
            case 3:
                return RemoveDirectory{ref()};
            case 4:
                return Rename{ref(), ref(), reader_.u8() % 4 == 0};
            case 5:
                return SetTimes{ref(), time()};
            case 6:
                return ExpireLock{inode(), LogIndex(reader_.u8())};
            case 7:
                return AppendClusterLog{"fuzz", "root", reader_.u8(), 1, bytes()};
            case 10:
                return SetPermissions{ref(), static_cast<std::uint16_t>(reader_.u16() % 01000),
                                      reader_.u8() % 2 == 0};
            default:
                return write();
        }
    }

    WriteFile write() {
        WriteFile op{ref(), reader_.u8() % 2 == 0, {}, {}};
        if (reader_.u8() % 4 == 0) op.mtime = time();
        const unsigned edits = reader_.u8() % 8U;
        for (unsigned i = 0; i < edits; ++i) {
            Edit edit;
            edit.kind = static_cast<Edit::Kind>(1 + reader_.u8() % 3);
            // Mostly near, so that edits meet; at times beyond what a file may hold.
            edit.offset =
                reader_.u8() % 32 == 0 ? reader_.u32() % (2 * max_file_bytes) : reader_.u8();
            if (edit.kind != Edit::Kind::truncate) edit.bytes = bytes();
            op.edits.push_back(std::move(edit));
        }
        return op;
    }

    Inode inode() { return inode_number(LogIndex(reader_.u8()), reader_.u8() % 2); }

    Ref ref() {
        Ref ref;
        const unsigned shape = reader_.u8();
        if (shape >= 192) ref.base = inode();
        for (unsigned i = 0; i < shape % 6; ++i) {
            if (i > 0) ref.path.push_back('/');
            ref.path.append(names[reader_.u8() % std::size(names)]);
        }
        return ref;
    }

    std::string bytes() { return std::string(reader_.raw(reader_.u8() % 64U)); }

    ByteReader reader_;
};

void check_node(const Tree& tree, const Node& node, Totals& totals) {
    PMX_CHECK((node.kind == NodeKind::file) == (node.content != nullptr), "content");
    totals.inodes += 1;
    totals.bytes += node.content ? node.content->size() : 0;
    for (const auto& [name, inode] : node.children) {
        const Node* child = tree.find(inode);
        PMX_CHECK(child != nullptr && child->parent == node.inode && child->name == name, "child");
    }
    if (node.inode == root_inode) return;
    PMX_CHECK(check_name(node.name) == Code::ok, "name");
    const Node* found = tree.child(node.parent, node.name);
    PMX_CHECK(found == &node, "a node that its parent does not know");
}

Tree check_tree(const Tree& tree) {
    Totals totals;
    for (const auto& [inode, node] : tree.nodes())
        check_node(tree, node, totals);
    PMX_CHECK(totals.inodes == tree.totals().inodes, "inodes counted wrong");
    PMX_CHECK(totals.bytes == tree.totals().bytes, "bytes counted wrong");

    std::vector<Node> nodes;
    for (const auto& [inode, node] : tree.nodes())
        nodes.push_back(node);
    auto log = ClusterLog::decode(tree.cluster_log().encode());
    PMX_CHECK(log.has_value(), "the cluster log does not decode");
    auto restored = Tree::from_nodes(std::move(nodes), *std::move(log));
    PMX_CHECK(restored.has_value(), "the tree cannot be restored");
    PMX_CHECK(restored->digest() == tree.digest(), "the restored tree differs");
    return *std::move(restored);
}

}  // namespace

}  // namespace pmx::tree

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pmx::tree;
    Script script({reinterpret_cast<const char*>(data), size});
    Tree tree;
    Tree restored = tree;
    for (std::uint64_t index = 1; !script.is_over() && index < 200; ++index) {
        const ApplyContext context{pmx::LogIndex(index), script.time(), script.node()};
        const Op op = script.op();
        const pmx::Sha256 before = tree.digest();
        const pmx::Code foretold = tree.check(op, context);
        const Outcome outcome = tree.apply(op, context);
        PMX_CHECK(outcome.result == foretold, "check and apply disagree");
        if (outcome.result != pmx::Code::ok) {
            PMX_CHECK(tree.digest() == before, "a failed operation left a trace");
        }
        PMX_CHECK(restored.apply(op, context).result == outcome.result, "trees disagree");
        PMX_CHECK(restored.digest() == tree.digest(), "trees drift apart");
        restored = check_tree(tree);
    }
    return 0;
}
