// Files and directories, limits and times. Renames, locks and transactions have files of their own.
#include "tree/applier.h"

#include "tree/limits.h"
#include "tree/tree_fixture.h"

namespace pmx::tree {

class ApplierTest : public TreeTest {
  protected:
    // A tree that holds `count` files of the largest size, their content shared.
    void fill(std::uint64_t count) {
        std::vector<Node> nodes{tree.root()};
        const auto content = std::make_shared<const std::string>(max_file_bytes, 'x');
        for (std::uint64_t i = 0; i < count; ++i) {
            nodes.push_back({Inode(1'000'000'000 + i),
                             root_inode,
                             "full" + std::to_string(i),
                             NodeKind::file,
                             content,
                             time,
                             LogIndex(1),
                             node_1,
                             {},
                             {}});
        }
        tree = *Tree::from_nodes(std::move(nodes), {});
    }

    // Without the digests, which take long of a full tree.
    Code quick(const Op& op) {
        index = next(index);
        return tree.apply(op, {index, time, node_1}).result;
    }
};

TEST_F(ApplierTest, CreateMakesAnEmptyFile) {
    const Outcome outcome = apply(CreateFile{at("user.cfg")}, node_2);
    EXPECT_EQ(outcome.inode, inode_number(index, 0));
    const Node& file = *node("user.cfg");
    EXPECT_EQ(file.inode, outcome.inode);
    EXPECT_EQ(file.parent, root_inode);
    EXPECT_EQ(*file.content, "");
    EXPECT_EQ(file.mtime, time);
    EXPECT_EQ(file.version, index);
    EXPECT_EQ(file.writer, node_2);
    ASSERT_EQ(outcome.changes.size(), 1U);
    EXPECT_EQ(outcome.changes[0].kind, ChangeKind::created);
    EXPECT_EQ(outcome.changes[0].path, "user.cfg");
    EXPECT_EQ(result(CreateFile{at("user.cfg")}), Code::already_exists);
}

TEST_F(ApplierTest, CreateNeedsAPlace) {
    mkdir("d");
    save("f", "");
    EXPECT_EQ(result(CreateFile{at("x/y")}), Code::not_found);
    EXPECT_EQ(result(CreateFile{at("f/y")}), Code::not_a_directory);
    EXPECT_EQ(result(CreateFile{at("d")}), Code::already_exists);
    EXPECT_EQ(result(CreateFile{at("")}), Code::already_exists);
    EXPECT_EQ(result(CreateFile{at("/y")}), Code::not_found);
    EXPECT_EQ(result(CreateFile{at("d//y")}), Code::not_found);
    EXPECT_EQ(result(CreateFile{at("d/..")}), Code::invalid_argument);
    EXPECT_EQ(result(CreateFile{at("d/")}), Code::invalid_argument);
    EXPECT_EQ(result(CreateFile{at("d/" + std::string(256, 'n'))}), Code::name_too_long);
    EXPECT_EQ(result(CreateFile{{Inode(99'999), "x"}}), Code::not_found);
    EXPECT_EQ(result(MakeDirectory{at("f")}), Code::already_exists);
    EXPECT_EQ(result(MakeDirectory{at("d\n")}), Code::invalid_argument);
}

TEST_F(ApplierTest, WriteEditsWhatIsThereAtApply) {
    const Inode inode = save("f", "one\n");
    const Content snapshot = node("f")->content;
    done(WriteFile{{inode, ""}, false, {append("two\n")}, {}});
    done(WriteFile{{inode, ""}, false, {append("three\n")}, {}}, node_2);
    EXPECT_EQ(content("f"), "one\ntwo\nthree\n");
    EXPECT_EQ(*snapshot, "one\n") << "an open handle keeps its version";
    EXPECT_EQ(node("f")->writer, node_2);
    EXPECT_EQ(node("f")->version, index);
    EXPECT_EQ(tree.totals().bytes, content("f").size());
}

TEST_F(ApplierTest, WriteMakesAFileOnlyWhenAsked) {
    mkdir("d");
    EXPECT_EQ(result(WriteFile{at("f"), false, {append("x")}, {}}), Code::not_found);
    EXPECT_EQ(result(WriteFile{at("d"), true, {append("x")}, {}}), Code::is_a_directory);
    const Outcome outcome = apply(WriteFile{at("f"), true, {append("x")}, {}});
    EXPECT_EQ(outcome.inode, inode_number(index, 0));
    ASSERT_EQ(outcome.changes.size(), 1U);
    EXPECT_EQ(outcome.changes[0].kind, ChangeKind::created);
    EXPECT_EQ(outcome.changes[0].size, 1U);
    const Outcome again = apply(WriteFile{at("f"), true, {append("y")}, {}});
    EXPECT_EQ(again.inode, outcome.inode);
    ASSERT_EQ(again.changes.size(), 1U);
    EXPECT_EQ(again.changes[0].kind, ChangeKind::modified);
    EXPECT_EQ(again.changes[0].size, 2U);
}

TEST_F(ApplierTest, AWriteOfNothingChangesNothing) {
    const Inode inode = save("f", "x");
    const Sha256 before = tree.digest();
    const Outcome outcome = apply(WriteFile{at("f"), false, {append(""), write_at(9, "")}, {}});
    EXPECT_EQ(outcome.result, Code::ok);
    EXPECT_EQ(outcome.inode, inode);
    EXPECT_TRUE(outcome.changes.empty());
    EXPECT_EQ(tree.digest(), before);
}

TEST_F(ApplierTest, TheWriterMaySetTheTime) {
    const WallTime old = wall_from_ns(1'000'000'007);
    done(WriteFile{at("f"), true, {append("x")}, old});
    EXPECT_EQ(node("f")->mtime, old);
    const Outcome outcome = apply(WriteFile{at("f"), false, {}, wall_from_ns(5)});
    EXPECT_EQ(node("f")->mtime, wall_from_ns(5));
    ASSERT_EQ(outcome.changes.size(), 1U);
    EXPECT_EQ(outcome.changes[0].kind, ChangeKind::times);
    done(SetTimes{at("f"), wall_from_ns(-7)});
    EXPECT_EQ(node("f")->mtime, wall_from_ns(-7));
    EXPECT_EQ(node("f")->version, index);
    EXPECT_EQ(result(SetTimes{at("g"), old}), Code::not_found);
}

TEST_F(ApplierTest, TimeNeverGoesBack) {
    mkdir("d");
    const WallTime before = tree.time();
    time -= std::chrono::hours(24);
    save("d/f", "");
    EXPECT_GT(node("d/f")->mtime, before);
    EXPECT_GT(node("d")->mtime, before);
    const WallTime written = node("d/f")->mtime;
    save("d/f", "x");
    EXPECT_GT(node("d/f")->mtime, written);
    time = WallTime::max() - std::chrono::seconds(1);
    save("d/g", "");
    save("d/h", "");
    EXPECT_EQ(tree.time(), WallTime::max());
}

TEST_F(ApplierTest, ADirectorysTimeGrowsWithEveryChangeOfItsNames) {
    const Inode d = mkdir("d");
    const Inode e = mkdir("e");
    auto grew = [&, last = std::pair<WallTime, WallTime>()](bool in_d, bool in_e) mutable {
        const std::pair now{tree.find(d)->mtime, tree.find(e)->mtime};
        const bool right = (now.first > last.first) == in_d && (now.second > last.second) == in_e;
        last = now;
        return right;
    };
    grew(true, true);
    done(SetTimes{at("d"), WallTime(std::chrono::hours(24 * 365 * 100))});  // far ahead
    EXPECT_TRUE(grew(true, false));
    done(CreateFile{at("d/f")});
    EXPECT_TRUE(grew(true, false));
    save("d/f", "content");
    EXPECT_TRUE(grew(false, false));
    done(Rename{at("d/f"), at("d/g")});
    EXPECT_TRUE(grew(true, false));
    done(Rename{at("d/g"), at("e/g")});
    EXPECT_TRUE(grew(true, true));
    done(RemoveFile{at("e/g")});
    EXPECT_TRUE(grew(false, true));
    mkdir("e/x");
    EXPECT_TRUE(grew(false, true));
    done(RemoveDirectory{at("e/x")});
    EXPECT_TRUE(grew(false, true));
}

TEST_F(ApplierTest, RemovingTakesTheRightKind) {
    mkdir("d");
    const Inode file = save("d/f", "12345");
    EXPECT_EQ(result(RemoveDirectory{at("d")}), Code::not_empty);
    EXPECT_EQ(result(RemoveDirectory{at("d/f")}), Code::not_a_directory);
    EXPECT_EQ(result(RemoveFile{at("d")}), Code::is_a_directory);
    EXPECT_EQ(result(RemoveFile{at("d/g")}), Code::not_found);
    const Outcome outcome = apply(RemoveFile{at("d/f")});
    ASSERT_EQ(outcome.changes.size(), 1U);
    EXPECT_EQ(outcome.changes[0].kind, ChangeKind::removed);
    EXPECT_EQ(outcome.changes[0].inode, file);
    EXPECT_EQ(outcome.changes[0].path, "d/f");
    EXPECT_EQ(tree.totals().bytes, 0U);
    EXPECT_EQ(result(WriteFile{{file, ""}, true, {append("x")}, {}}), Code::not_found);
    EXPECT_EQ(result(RemoveDirectory{at("d")}), Code::ok);
    EXPECT_EQ(tree.totals().inodes, 1U);
}

TEST_F(ApplierTest, WhatTheStoreReliesOnStays) {
    fresh_store();
    done(RemoveDirectory{at("nodes/b/qemu-server")});
    done(RemoveDirectory{at("nodes/b")});
    for (const char* path : {"", "priv", "priv/lock", "nodes"}) {
        EXPECT_EQ(result(RemoveDirectory{at(path)}), Code::permission_denied) << path;
        EXPECT_EQ(result(Rename{at(path), at("elsewhere")}), Code::permission_denied) << path;
    }
    mkdir("d");
    EXPECT_EQ(result(Rename{at("d"), at("priv/lock")}), Code::permission_denied);
    EXPECT_EQ(result(Rename{at("d"), at("")}), Code::permission_denied);
}

TEST_F(ApplierTest, DepthIsLimited) {
    std::string path = "d";
    for (std::size_t depth = 1; depth < max_depth; ++depth) {
        mkdir(path);
        path += "/d";
    }
    mkdir(path);
    EXPECT_EQ(result(MakeDirectory{at(path + "/d")}), Code::name_too_long);
    EXPECT_EQ(result(CreateFile{at(path + "/f")}), Code::name_too_long);
    mkdir("x");
    save("x/y", "");
    EXPECT_EQ(result(Rename{at("x/y"), at(path + "/y")}), Code::name_too_long);
    const std::string above = path.substr(0, path.size() - 2);
    EXPECT_EQ(result(Rename{at("x"), at(above + "/x")}), Code::name_too_long);
    EXPECT_EQ(result(Rename{at("x/y"), at(above + "/y")}), Code::ok);
    EXPECT_EQ(result(Rename{at("x"), at(above + "/x")}), Code::ok);
}

TEST_F(ApplierTest, BytesAreLimited) {
    fill(max_total_bytes / max_file_bytes);
    EXPECT_EQ(quick(CreateFile{at("empty")}), Code::ok);
    EXPECT_EQ(quick(WriteFile{at("new"), true, {append("x")}, {}}), Code::no_space);
    EXPECT_EQ(quick(WriteFile{at("empty"), false, {append("x")}, {}}), Code::no_space);
    EXPECT_EQ(quick(WriteFile{at("full0"), false, {write_at(5, "y")}, {}}), Code::ok);
    EXPECT_EQ(quick(WriteFile{at("full0"), false, {append("y")}, {}}), Code::file_too_large);
    EXPECT_EQ(quick(WriteFile{at("full0"), false, {truncate(max_file_bytes - 1)}, {}}), Code::ok);
    EXPECT_EQ(quick(WriteFile{at("empty"), false, {append("xy")}, {}}), Code::no_space);
    EXPECT_EQ(quick(WriteFile{at("empty"), false, {append("x")}, {}}), Code::ok);
    EXPECT_EQ(tree.totals().bytes, max_total_bytes);
}

TEST_F(ApplierTest, InodesAreLimited) {
    std::vector<Node> nodes{tree.root()};
    for (std::uint64_t i = 2; i < max_inodes; ++i) {
        nodes.push_back({Inode(1'000'000'000 + i),
                         root_inode,
                         std::to_string(i),
                         NodeKind::directory,
                         nullptr,
                         time,
                         LogIndex(1),
                         node_1,
                         {},
                         {}});
    }
    tree = *Tree::from_nodes(std::move(nodes), {});
    EXPECT_EQ(quick(CreateFile{at("last")}), Code::ok);
    EXPECT_EQ(quick(CreateFile{at("more")}), Code::no_space);
    EXPECT_EQ(quick(MakeDirectory{at("more")}), Code::no_space);
    EXPECT_EQ(quick(RemoveDirectory{at("2")}), Code::ok);
    EXPECT_EQ(quick(MakeDirectory{at("more")}), Code::ok);
}

TEST_F(ApplierTest, AGuestExistsOnceInTheCluster) {
    fresh_store();
    save("nodes/a/qemu-server/100.conf", "memory: 512\n");
    EXPECT_EQ(result(CreateFile{at("nodes/b/qemu-server/100.conf")}), Code::already_exists);
    EXPECT_EQ(result(CreateFile{at("nodes/a/lxc/100.conf")}), Code::already_exists);
    EXPECT_EQ(result(WriteFile{at("nodes/a/lxc/100.conf"), true, {}, {}}), Code::already_exists);
    EXPECT_EQ(result(CreateFile{at("nodes/a/lxc/100.conf.tmp")}), Code::ok);
    EXPECT_EQ(result(MakeDirectory{at("nodes/a/lxc/100.conf")}), Code::ok);
    EXPECT_EQ(result(CreateFile{at("nodes/b/qemu-server/101.conf")}), Code::ok);
    done(RemoveFile{at("nodes/a/qemu-server/100.conf")});
    EXPECT_EQ(result(CreateFile{at("nodes/b/qemu-server/100.conf")}), Code::ok);
}

TEST_F(ApplierTest, TheClusterLogTakesOneLine) {
    const Outcome outcome = apply(AppendClusterLog{"prog", "root@pam", 4, 42, "it works"}, node_2);
    EXPECT_EQ(outcome.result, Code::ok);
    EXPECT_EQ(outcome.inode, Inode());
    ASSERT_EQ(tree.cluster_log().messages().size(), 1U);
    EXPECT_EQ(tree.cluster_log().messages()[0],
              (ClusterLogMessage{index, node_2, time, "prog", "root@pam", 4, 42, "it works"}));
    EXPECT_EQ(result(AppendClusterLog{"p", "u", 8, 1, "x"}), Code::invalid_argument);
    EXPECT_EQ(result(AppendClusterLog{"p", "u", 6, 1, "x\ny"}), Code::invalid_argument);
}

}  // namespace pmx::tree
