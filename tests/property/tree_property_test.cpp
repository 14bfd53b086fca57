// Random operations on the tree and on a naive model of it must agree, and keep the laws.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tree/tree.h"
#include "tree_model.h"

namespace pmx::tree {

void showValue(const Op& op, std::ostream& out);  // NOLINT(readability-identifier-naming)

namespace {

// Few names, so that operations meet; those with a meaning among them.
rc::Gen<std::string> any_path() {
    const auto plain = rc::gen::exec([] {
        const auto common = rc::gen::element<std::string>("a", "b", "c");
        const auto odd = rc::gen::element<std::string>("\xc3\xa4", "..", "", "x\n", "/");
        const int depth = *rc::gen::element(1, 1, 1, 2, 2, 3);
        std::string path;
        for (int i = 0; i < depth; ++i) {
            if (i > 0) path.push_back('/');
            path += *rc::gen::weightedOneOf<std::string>({{40, common}, {1, odd}});
        }
        return path;
    });
    const auto places = rc::gen::element<std::string>(
        "", "priv", "priv/lock", "priv/lock/x", "priv/lock/y", "priv/lock/x/z", "nodes", "nodes/a",
        "nodes/b", "nodes/a/lxc", "nodes/a/qemu-server", "nodes/b/lxc", "a/lxc", "lxc");
    const auto locks = rc::gen::element<std::string>("priv/lock/x", "priv/lock/y");
    const auto guests = rc::gen::element<std::string>(
        "nodes/a/lxc/100.conf", "nodes/a/lxc/101.conf", "nodes/b/lxc/100.conf",
        "nodes/a/qemu-server/100.conf", "a/lxc/100.conf", "lxc/100.conf");
    return rc::gen::weightedOneOf<std::string>({{6, plain}, {2, places}, {2, guests}, {1, locks}});
}

rc::Gen<Ref> any_ref() {
    return rc::gen::map(any_path(), [](std::string path) { return Ref{root_inode, path}; });
}

rc::Gen<Edit> any_edit() {
    return rc::gen::exec([] {
        Edit edit;
        edit.kind = *rc::gen::element(Edit::Kind::write, Edit::Kind::append, Edit::Kind::truncate);
        const auto near = rc::gen::inRange<std::uint64_t>(0, 40);
        const auto far = rc::gen::inRange<std::uint64_t>(max_file_bytes - 8, max_file_bytes + 8);
        if (edit.kind != Edit::Kind::append) {
            edit.offset = *rc::gen::weightedOneOf<std::uint64_t>({{60, near}, {1, far}});
        }
        if (edit.kind != Edit::Kind::truncate) edit.bytes = *rc::gen::arbitrary<std::string>();
        return edit;
    });
}

WallTime any_time() {
    return wall_from_ns(*rc::gen::weightedOneOf<std::int64_t>(
        {{1, rc::gen::just<std::int64_t>(0)}, {4, rc::gen::arbitrary<std::int64_t>()}}));
}

Op any_plain_op() {
    const Ref at = *any_ref();
    switch (*rc::gen::inRange(0, 14)) {
        case 0:
            return CreateFile{at};
        case 1:
        case 2:
        case 3: {
            WriteFile op{at, *rc::gen::arbitrary<bool>(), {}, {}};
            op.edits = *rc::gen::container<std::vector<Edit>>(any_edit());
            if (*rc::gen::arbitrary<bool>()) op.mtime = any_time();
            return op;
        }
        case 4:
        case 5:
            return MakeDirectory{at};
        case 6:
            return RemoveFile{at};
        case 7:
            return RemoveDirectory{at};
        case 8:
        case 9:
            return Rename{at, *any_ref(), *rc::gen::inRange(0, 6) == 0};
        case 10:
            return SetTimes{at, any_time()};
        case 11:
        case 12: {
            SetPermissions op{at, {}, {}};
            if (*rc::gen::arbitrary<bool>()) op.mode = *rc::gen::inRange<std::uint16_t>(0, 01000);
            if (*rc::gen::arbitrary<bool>()) op.root_group = *rc::gen::arbitrary<bool>();
            return op;
        }
        default:
            return AppendClusterLog{"p", "u", 6, 1, *rc::gen::element<std::string>("hi", "a\nb")};
    }
}

rc::Gen<Op> any_op() {
    return rc::gen::exec([]() -> Op {
        if (*rc::gen::inRange(0, 6) != 0) return any_plain_op();
        Transaction transaction;
        transaction.steps = *rc::gen::resize(
            5, rc::gen::container<std::vector<Op>>(rc::gen::exec([] { return any_plain_op(); })));
        return transaction;
    });
}

std::string describe(const Op& op) {
    std::ostringstream out;
    showValue(op, out);
    return out.str();
}

// The same place named from the inode of the directory above it, where that is there.
Ref from_parent(const Tree& tree, const Ref& ref) {
    const std::size_t slash = ref.path.rfind('/');
    const bool is_split = slash != std::string::npos && slash > 0 && slash + 1 < ref.path.size();
    if (!is_split) return ref;
    const auto parent = tree.resolve({ref.base, ref.path.substr(0, slash)});
    return parent ? Ref{(*parent)->inode, ref.path.substr(slash + 1)} : ref;
}

Op from_parent(const Tree& tree, Op op) {
    std::visit(
        [&](auto& plain) {
            if constexpr (requires { plain.at; }) plain.at = from_parent(tree, plain.at);
            if constexpr (requires { plain.from; }) {
                plain.from = from_parent(tree, plain.from);
                plain.to = from_parent(tree, plain.to);
            }
        },
        op);
    return op;
}

std::map<std::string, const Node*> by_path(const Tree& tree) {
    std::map<std::string, const Node*> paths;
    for (const auto& [inode, node] : tree.nodes())
        paths.emplace(tree.path_of(inode), &node);
    return paths;
}

void agree(const Tree& tree, const TreeModel& model) {
    const auto paths = by_path(tree);
    RC_ASSERT(paths.size() == model.nodes.size());
    std::uint64_t bytes = 0;
    for (const auto& [path, expected] : model.nodes) {
        RC_ASSERT(paths.contains(path));
        const Node& node = *paths.at(path);
        RC_ASSERT((node.kind == NodeKind::directory) == expected.is_directory);
        if (!expected.is_directory) RC_ASSERT(*node.content == expected.content);
        const unsigned place = expected.is_directory ? 0755U : 0640U;
        RC_ASSERT((place & ~unsigned{node.withheld.mode}) == (place & expected.mode));
        RC_ASSERT(node.withheld.group == expected.root_group);
        bytes += expected.content.size();
    }
    RC_ASSERT(tree.totals().inodes == paths.size());
    RC_ASSERT(tree.totals().bytes == bytes);
}

// A directory shows by its time that names in it changed, and only then without being asked.
void directory_times_grew(const Tree& before, const Tree& after, const Outcome& outcome) {
    for (const auto& [inode, node] : after.nodes()) {
        const Node* old = before.find(inode);
        if (old == nullptr || node.kind != NodeKind::directory) continue;
        if (node.children != old->children && old->mtime != WallTime::max()) {
            const bool was_set = std::any_of(
                outcome.changes.begin(), outcome.changes.end(), [&](const Change& change) {
                    return change.kind == ChangeKind::times && change.inode == inode;
                });
            RC_ASSERT((was_set || node.mtime > old->mtime));
        }
        if (outcome.changes.empty()) RC_ASSERT(node.mtime == old->mtime);
    }
}

Tree restored(const Tree& tree) {
    std::vector<Node> nodes;
    for (const auto& [inode, node] : tree.nodes())
        nodes.push_back(node);
    auto back =
        Tree::from_nodes(std::move(nodes), *ClusterLog::decode(tree.cluster_log().encode()));
    RC_ASSERT(back.has_value());
    return *std::move(back);
}

void same_tree(const Tree& a, const Tree& b) {
    RC_ASSERT(a.digest() == b.digest());
    RC_ASSERT(a.time() == b.time());
}

}  // namespace

void showValue(const Op& op, std::ostream& out) {  // NOLINT(readability-identifier-naming)
    static constexpr const char* names[] = {"create", "write",  "mkdir",      "remove",
                                            "rmdir",  "rename", "times",      "expire",
                                            "log",    "chmod",  "transaction"};
    out << names[op.index()];
    std::visit(
        [&](const auto& plain) {
            if constexpr (requires { plain.at; }) out << " '" << plain.at.path << "'";
            if constexpr (requires { plain.from; }) {
                out << " '" << plain.from.path << "' '" << plain.to.path << "'";
            }
            if constexpr (requires { plain.edits; }) out << " edits: " << plain.edits.size();
        },
        op);
    const auto* transaction = std::get_if<Transaction>(&op);
    if (transaction == nullptr) return;
    for (const Op& step : transaction->steps)
        out << " {" << describe(step) << "}";
}

RC_GTEST_PROP(TreeProperty, AgreesWithTheModelAndKeepsTheLaws, ()) {
    Tree tree;
    TreeModel model;
    LogIndex index;
    const auto step = [&](const Op& written, NodeId writer, WallTime time) {
        const auto op = decode_op(encode(from_parent(tree, written)));
        RC_ASSERT(op.has_value());
        RC_ASSERT(*op == from_parent(tree, written));
        index = next(index);
        const ApplyContext context{index, time, writer};
        const Tree before = tree;
        Tree other = restored(tree);
        const Code foretold = tree.check(*op, context);
        same_tree(before, tree);
        const Outcome outcome = tree.apply(*op, context);
        RC_LOG() << describe(written) << ": " << code_name(outcome.result) << "\n";
        RC_ASSERT(outcome.result == foretold);
        RC_ASSERT(outcome.result == model.apply(written, writer));
        if (outcome.result != Code::ok) same_tree(before, tree);
        RC_ASSERT(other.apply(*op, context).inode == outcome.inode);
        same_tree(other, tree);
        directory_times_grew(before, tree, outcome);
        agree(tree, model);
    };
    if (*rc::gen::inRange(0, 4) != 0) {
        for (const char* path :
             {"priv", "priv/lock", "priv/lock/x", "nodes", "nodes/a", "nodes/a/lxc",
              "nodes/a/qemu-server", "nodes/b", "nodes/b/lxc", "a", "a/b", "b", "lxc"}) {
            step(MakeDirectory{{root_inode, path}}, NodeId(1), wall_from_ns(1'000));
        }
    }
    const auto ops = *rc::gen::container<std::vector<Op>>(any_op());
    for (const Op& op : ops) {
        const auto writer = NodeId(*rc::gen::inRange<std::uint32_t>(1, 4));
        step(op, writer, any_time());
    }
    same_tree(restored(tree), tree);
}

RC_GTEST_PROP(OpCodecProperty, ArbitraryBytesDecodeToTheirOwnOperationOrNone,
              (const std::string& bytes)) {
    for (char tag = 0; tag < 12; ++tag) {
        const std::string tagged = tag + bytes;
        const auto op = decode_op(tagged);
        if (op) RC_ASSERT(encode(*op) == tagged);
    }
}

}  // namespace pmx::tree
