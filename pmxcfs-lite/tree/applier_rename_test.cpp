#include "tree/tree_fixture.h"

namespace pmx::tree {

class RenameTest : public TreeTest {};

TEST_F(RenameTest, KeepsTheInodeAndItsTime) {
    mkdir("d");
    const Inode inode = save("f", "x");
    const WallTime written = node("f")->mtime;
    const Outcome outcome = apply(Rename{at("f"), at("d/g")}, node_2);
    EXPECT_EQ(outcome.inode, inode);
    EXPECT_EQ(node("f"), nullptr);
    const Node& moved = *node("d/g");
    EXPECT_EQ(moved.inode, inode);
    EXPECT_EQ(moved.mtime, written);
    EXPECT_EQ(moved.version, index);
    EXPECT_EQ(moved.writer, node_2);
    ASSERT_EQ(outcome.changes.size(), 1U);
    const Change& change = outcome.changes[0];
    EXPECT_EQ(change.kind, ChangeKind::renamed);
    EXPECT_EQ(change.old_path, "f");
    EXPECT_EQ(change.old_name, "f");
    EXPECT_EQ(change.old_parent, root_inode);
    EXPECT_EQ(change.path, "d/g");
    EXPECT_EQ(change.name, "g");
    EXPECT_EQ(change.parent, node("d")->inode);
    EXPECT_EQ(change.replaced, Inode());
    EXPECT_EQ(change.size, 1U);
}

TEST_F(RenameTest, ReplacesAFileAtomically) {
    const Inode old = save("user.cfg", "old content");
    const Inode inode = save("user.cfg.tmp", "new");
    const Outcome outcome = apply(Rename{at("user.cfg.tmp"), at("user.cfg")});
    ASSERT_EQ(outcome.changes.size(), 1U);
    EXPECT_EQ(outcome.changes[0].replaced, old);
    EXPECT_EQ(content("user.cfg"), "new");
    EXPECT_EQ(node("user.cfg")->inode, inode);
    EXPECT_EQ(tree.find(old), nullptr);
    EXPECT_EQ(tree.totals().bytes, 3U);
    EXPECT_EQ(tree.totals().inodes, 2U);
}

TEST_F(RenameTest, ReplacesOnlyWhatIsAlike) {
    mkdir("d");
    mkdir("empty");
    mkdir("full");
    save("full/f", "");
    save("f", "");
    EXPECT_EQ(result(Rename{at("f"), at("empty")}), Code::is_a_directory);
    EXPECT_EQ(result(Rename{at("d"), at("f")}), Code::not_a_directory);
    EXPECT_EQ(result(Rename{at("d"), at("full")}), Code::not_empty);
    EXPECT_EQ(result(Rename{at("full"), at("d/x/y")}), Code::not_found);
    EXPECT_EQ(result(Rename{at("x"), at("y")}), Code::not_found);
    EXPECT_EQ(result(Rename{at("full"), at("f/x")}), Code::not_a_directory);
    EXPECT_EQ(result(Rename{at("f"), at("x/")}), Code::not_found);
    EXPECT_EQ(result(Rename{at("f"), at("a\tb")}), Code::invalid_argument);
    EXPECT_EQ(result(Rename{at("full"), at("empty")}), Code::ok);
    EXPECT_NE(node("empty/f"), nullptr);
    EXPECT_EQ(node("full"), nullptr);
}

TEST_F(RenameTest, OntoItselfIsNothing) {
    save("f", "");
    mkdir("d");
    const Sha256 before = tree.digest();
    EXPECT_TRUE(apply(Rename{at("f"), at("f")}).changes.empty());
    EXPECT_TRUE(apply(Rename{at("d"), at("d")}).changes.empty());
    EXPECT_EQ(tree.digest(), before);
    EXPECT_EQ(result(Rename{at("f"), at("f"), true}), Code::already_exists);
}

TEST_F(RenameTest, NoReplaceMeansIt) {
    save("f", "f");
    save("g", "g");
    EXPECT_EQ(result(Rename{at("f"), at("g"), true}), Code::already_exists);
    EXPECT_EQ(result(Rename{at("f"), at("h"), true}), Code::ok);
    EXPECT_EQ(content("h"), "f");
}

TEST_F(RenameTest, NoDirectoryGoesIntoItself) {
    mkdir("a");
    mkdir("a/b");
    mkdir("a/b/c");
    EXPECT_EQ(result(Rename{at("a"), at("a/x")}), Code::same_object);
    EXPECT_EQ(result(Rename{at("a"), at("a/b/c/x")}), Code::same_object);
    EXPECT_EQ(result(Rename{at("a"), at("a/b/c")}), Code::same_object);
    EXPECT_EQ(result(Rename{at("a/b/c"), at("a")}), Code::not_empty);
    EXPECT_EQ(result(Rename{at("a/b"), at("b")}), Code::ok);
    EXPECT_EQ(result(Rename{at("a"), at("b/c/a")}), Code::ok);
}

TEST_F(RenameTest, AWholeTreeMoves) {
    mkdir("a");
    mkdir("a/b");
    const Inode file = save("a/b/f", "x");
    done(Rename{at("a"), at("z")});
    EXPECT_EQ(tree.path_of(file), "z/b/f");
    EXPECT_EQ(node("a"), nullptr);
    EXPECT_EQ(tree.totals().inodes, 4U);
}

TEST_F(RenameTest, AGuestMigrates) {
    fresh_store();
    const Inode inode = save("nodes/a/qemu-server/100.conf", "memory: 512\n");
    save("nodes/b/qemu-server/101.conf", "");
    save("copy", "");
    EXPECT_EQ(
        result(Rename{at("nodes/a/qemu-server/100.conf"), at("nodes/b/qemu-server/100.conf")}),
        Code::ok);
    EXPECT_EQ(node("nodes/b/qemu-server/100.conf")->inode, inode);
    EXPECT_EQ(result(Rename{at("copy"), at("nodes/a/lxc/100.conf")}), Code::already_exists);
    EXPECT_EQ(
        result(Rename{at("nodes/b/qemu-server/100.conf"), at("nodes/b/qemu-server/101.conf")}),
        Code::ok)
        << "one VMID gave way to the other";
    EXPECT_EQ(result(Rename{at("copy"), at("nodes/a/lxc/100.conf")}), Code::ok);
}

TEST_F(RenameTest, NoTreeBringsAGuestASecondTime) {
    fresh_store();
    save("nodes/a/qemu-server/100.conf", "");
    mkdir("old");
    mkdir("old/lxc");
    save("old/lxc/100.conf", "");
    save("old/lxc/200.conf", "");
    EXPECT_EQ(result(Rename{at("old"), at("nodes/c")}), Code::already_exists);
    EXPECT_EQ(result(Rename{at("old/lxc"), at("nodes/b/lxc")}), Code::already_exists);
    done(RemoveFile{at("nodes/a/qemu-server/100.conf")});
    mkdir("old/qemu-server");
    save("old/qemu-server/200.conf", "");
    EXPECT_EQ(result(Rename{at("old"), at("nodes/c")}), Code::already_exists) << "twice in itself";
    done(RemoveFile{at("old/qemu-server/200.conf")});
    EXPECT_EQ(result(Rename{at("old"), at("nodes/c")}), Code::ok);
    EXPECT_EQ(result(Rename{at("nodes/c"), at("nodes/d")}), Code::ok) << "a node's new name";
}

TEST_F(RenameTest, ATreeThatBecomesNodesIsJudgedToo) {
    mkdir("x");
    for (const char* host : {"x/a", "x/b"}) {
        mkdir(host);
        mkdir(std::string(host) + "/lxc");
        save(std::string(host) + "/lxc/100.conf", "");
    }
    EXPECT_EQ(result(Rename{at("x"), at("nodes")}), Code::already_exists);
    done(RemoveFile{at("x/a/lxc/100.conf")});
    EXPECT_EQ(result(Rename{at("x"), at("nodes")}), Code::ok);
}

}  // namespace pmx::tree
