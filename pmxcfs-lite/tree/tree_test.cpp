#include "tree/tree.h"

#include "tree/limits.h"
#include "tree/tree_fixture.h"

namespace pmx::tree {

namespace {

Node stored_root() {
    return *Tree().find(root_inode);
}

Node stored(std::uint64_t inode, std::uint64_t parent, std::string name,
            NodeKind kind = NodeKind::directory) {
    Node node;
    node.inode = Inode(inode);
    node.parent = Inode(parent);
    node.name = std::move(name);
    node.kind = kind;
    if (kind == NodeKind::file) node.content = std::make_shared<const std::string>("x");
    return node;
}

std::vector<Node> stored_nodes(const Tree& tree) {
    std::vector<Node> nodes;
    for (const auto& [inode, node] : tree.nodes())
        nodes.push_back(node);
    return nodes;
}

Code load(std::vector<Node> nodes) {
    const auto tree = Tree::from_nodes(std::move(nodes), {});
    return tree ? Code::ok : tree.error().code();
}

}  // namespace

TEST(FromNodes, TakesATreeInAnyOrder) {
    const auto tree = Tree::from_nodes(
        {stored(900, 800, "f", NodeKind::file), stored(800, 1, "d"), stored_root()}, {});
    ASSERT_TRUE(tree);
    EXPECT_EQ(tree->path_of(Inode(900)), "d/f");
    EXPECT_EQ(tree->totals().inodes, 3U);
    EXPECT_EQ(tree->totals().bytes, 1U);
}

TEST(FromNodes, RefusesWhatIsNoTree) {
    const Node root = stored_root();
    EXPECT_EQ(load({root}), Code::ok);
    EXPECT_EQ(load({}), Code::corrupt);
    EXPECT_EQ(load({stored(300, 1, "d")}), Code::corrupt) << "no root";
    EXPECT_EQ(load({root, root}), Code::corrupt);
    EXPECT_EQ(load({root, stored(300, 1, "a"), stored(300, 1, "b")}), Code::corrupt);
    EXPECT_EQ(load({root, stored(300, 1, "a"), stored(301, 1, "a")}), Code::corrupt);
    EXPECT_EQ(load({root, stored(300, 299, "a")}), Code::corrupt) << "no parent";
    EXPECT_EQ(load({root, stored(300, 300, "a")}), Code::corrupt) << "its own parent";
    EXPECT_EQ(load({root, stored(300, 301, "a"), stored(301, 300, "b")}), Code::corrupt);
    EXPECT_EQ(load({root, stored(300, 1, "a", NodeKind::file), stored(301, 300, "b")}),
              Code::corrupt);
    EXPECT_EQ(load({root, stored(0, 1, "a")}), Code::corrupt);
    EXPECT_EQ(load({root, stored(1ULL << 63, 1, "a")}), Code::corrupt);
    for (const char* name : {"", ".", "a/b", "\n"}) {
        EXPECT_EQ(load({root, stored(300, 1, name)}), Code::corrupt) << name;
    }
}

TEST(FromNodes, RefusesWrongKindsAndContents) {
    const Node root = stored_root();
    Node odd = stored(300, 1, "a");
    odd.kind = static_cast<NodeKind>(5);
    EXPECT_EQ(load({root, odd}), Code::corrupt);
    Node empty = stored(300, 1, "a", NodeKind::file);
    empty.content = nullptr;
    EXPECT_EQ(load({root, empty}), Code::corrupt);
    Node full = stored(300, 1, "a");
    full.content = std::make_shared<const std::string>();
    EXPECT_EQ(load({root, full}), Code::corrupt);
    Node large = stored(300, 1, "a", NodeKind::file);
    large.content = std::make_shared<const std::string>(max_file_bytes + 1, 'x');
    EXPECT_EQ(load({root, large}), Code::corrupt);
    Node named_root = root;
    named_root.name = "/";
    EXPECT_EQ(load({named_root}), Code::corrupt);
    Node hanging_root = root;
    hanging_root.parent = Inode(300);
    EXPECT_EQ(load({hanging_root, stored(300, 1, "a")}), Code::corrupt);
}

TEST(FromNodes, EnforcesTheLimits) {
    std::vector<Node> deep{stored_root()};
    for (std::uint64_t i = 0; i < max_depth; ++i) {
        deep.push_back(stored(300 + i, i == 0 ? 1 : 299 + i, "d"));
    }
    EXPECT_EQ(load(deep), Code::ok);
    deep.push_back(stored(999, 300 + max_depth - 1, "d"));
    EXPECT_EQ(load(deep), Code::corrupt);

    const auto four_mib = std::make_shared<const std::string>(max_file_bytes, 'x');
    std::vector<Node> large{stored_root()};
    for (std::uint64_t i = 0; i < max_total_bytes / max_file_bytes; ++i) {
        large.push_back(stored(300 + i, 1, std::to_string(i), NodeKind::file));
        large.back().content = four_mib;
    }
    EXPECT_EQ(load(large), Code::ok);
    large.push_back(stored(999, 1, "one more byte", NodeKind::file));
    EXPECT_EQ(load(large), Code::corrupt);

    std::vector<Node> many{stored_root()};
    for (std::uint64_t i = 1; i < max_inodes; ++i) {
        many.push_back(stored(300 + i, 1, std::to_string(i)));
    }
    EXPECT_EQ(load(many), Code::ok);
    many.push_back(stored(299, 1, "one more"));
    EXPECT_EQ(load(many), Code::corrupt);
}

class TreeValue : public TreeTest {};

TEST_F(TreeValue, GoesOnTheSameAfterBeingStored) {
    fresh_store();
    save("nodes/a/qemu-server/100.conf", "memory: 512\n");
    mkdir("priv/lock/storage");
    done(AppendClusterLog{"test", "root", 6, 1, "hello"});
    done(SetTimes{at("nodes"), wall_from_ns(5)});
    auto log = ClusterLog::decode(tree.cluster_log().encode());
    ASSERT_TRUE(log);
    auto back = Tree::from_nodes(stored_nodes(tree), *log);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->digest(), tree.digest());
    EXPECT_EQ(back->time(), tree.time());
    // An entry whose clock is behind: both must move it to the same time.
    const ApplyContext late{next(index), wall_from_ns(0), node_2};
    const Op op = CreateFile{at("nodes/x")};
    EXPECT_EQ(back->apply(op, late).inode, tree.apply(op, late).inode);
    EXPECT_EQ(back->digest(), tree.digest());
    EXPECT_EQ(back->totals().bytes, tree.totals().bytes);
    EXPECT_EQ(back->totals().inodes, tree.totals().inodes);
}

TEST_F(TreeValue, DigestCoversAllThatNodesAgreeOn) {
    fresh_store();
    const Inode inode = save("user.cfg", "user:root@pam:1:\n");
    const auto changed = [&](auto change) {
        std::vector<Node> nodes = stored_nodes(tree);
        for (Node& node : nodes) {
            if (node.inode == inode) change(node);
        }
        return Tree::from_nodes(std::move(nodes), tree.cluster_log())->digest() != tree.digest();
    };
    EXPECT_FALSE(changed([](Node&) {}));
    EXPECT_TRUE(changed([](Node& node) { node.name = "user.cf"; }));
    EXPECT_TRUE(changed([](Node& node) { node.inode = Inode(987'654); }));
    EXPECT_TRUE(changed([&](Node& n) { n.parent = node("nodes")->inode; }));
    EXPECT_TRUE(changed([](Node& n) { n.content = std::make_shared<const std::string>("g"); }));
    EXPECT_TRUE(changed([](Node& node) { node.mtime += std::chrono::nanoseconds(1); }));
    EXPECT_TRUE(changed([](Node& node) { node.version = LogIndex(1); }));
    EXPECT_TRUE(changed([](Node& node) { node.writer = node_2; }));
    EXPECT_TRUE(changed([](Node& node) { node.withheld.mode = 0040; }));
    EXPECT_TRUE(changed([](Node& node) { node.withheld.group = true; }));
    ClusterLog log = tree.cluster_log();
    log.append({LogIndex(1), node_1, {}, "a", "b", 6, 1, "c"});
    EXPECT_NE(Tree::from_nodes(stored_nodes(tree), log)->digest(), tree.digest());
}

TEST_F(TreeValue, ResolvesNamesFromAnyBase) {
    fresh_store();
    const Inode file = save("nodes/a/lxc/note", "x");
    const Inode a = node("nodes/a")->inode;
    EXPECT_EQ((*tree.resolve({a, "lxc/note"}))->inode, file);
    EXPECT_EQ((*tree.resolve({file, ""}))->inode, file);
    EXPECT_EQ((*tree.resolve({}))->inode, root_inode);
    EXPECT_EQ(tree.resolve(at("nodes/a/lxc/note/x")).error().code(), Code::not_a_directory);
    for (const char* path : {"x", "nodes/x/y", "/nodes", "nodes/", "nodes//a", "nodes/../nodes"}) {
        const auto found = tree.resolve(at(path));
        ASSERT_FALSE(found) << path;
        EXPECT_EQ(found.error().code(), Code::not_found) << path;
    }
    EXPECT_EQ(tree.resolve({Inode(12'345), ""}).error().code(), Code::not_found);
    EXPECT_EQ(tree.path_of(file), "nodes/a/lxc/note");
    EXPECT_EQ(tree.path_of(root_inode), "");
}

}  // namespace pmx::tree
