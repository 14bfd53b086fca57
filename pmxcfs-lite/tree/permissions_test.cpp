#include "tree/permissions.h"

#include <initializer_list>
#include <string>
#include <vector>

#include "tree/limits.h"
#include "tree/tree_fixture.h"

namespace pmx::tree {
namespace {

class PermissionsTest : public TreeTest {
  protected:
    PermissionsTest() { fresh_store(); }

    Outcome chmod(const std::string& path, std::uint16_t mode) {
        return apply(SetPermissions{at(path), mode, {}});
    }
    Outcome chgrp(const std::string& path, bool root) {
        return apply(SetPermissions{at(path), {}, root});
    }
    [[nodiscard]] std::uint16_t mode(const std::string& path) const {
        const Node* found = node(path);
        return mode_of(found->kind, is_private(path), found->withheld);
    }
    static bool is_private(const std::string& path) { return path.starts_with("priv/"); }
};

TEST_F(PermissionsTest, LessIsKept) {
    save("f", "x");
    EXPECT_EQ(mode("f"), 0640);
    for (const std::uint16_t less :
         std::initializer_list<std::uint16_t>{0600, 0400, 0440, 0200, 0}) {
        EXPECT_EQ(chmod("f", less).result, Code::ok);
        EXPECT_EQ(mode("f"), less);
    }
    chmod("nodes/a", 0700);
    EXPECT_EQ(mode("nodes/a"), 0700);
    chgrp("f", true);
    EXPECT_TRUE(node("f")->withheld.group);
    EXPECT_EQ(mode("f"), 0) << "the mode stays";
}

TEST_F(PermissionsTest, MoreHasNoEffectAndIsNoChange) {
    save("f", "x");
    const LogIndex version = node("f")->version;
    for (const std::uint16_t more : std::initializer_list<std::uint16_t>{0640, 0644, 0755, 0777}) {
        EXPECT_TRUE(chmod("f", more).changes.empty());
        EXPECT_EQ(mode("f"), 0640);
    }
    EXPECT_TRUE(chmod("nodes/a", 0777).changes.empty());
    EXPECT_TRUE(chgrp("f", false).changes.empty());
    EXPECT_EQ(node("f")->version, version);
}

TEST_F(PermissionsTest, WhatWasKeptBackIsGivenAgain) {
    save("f", "x");
    chmod("f", 0600);
    chgrp("f", true);
    EXPECT_EQ(chmod("f", 0644).changes.size(), 1U);
    EXPECT_EQ(chgrp("f", false).changes.size(), 1U);
    EXPECT_EQ(node("f")->withheld, Withheld());
}

TEST_F(PermissionsTest, ItGoesAlongWithARenameIntoPrivAndBack) {
    save("f", "x");
    chmod("f", 0600);
    chgrp("f", true);
    done(Rename{at("f"), at("priv/f"), false});
    EXPECT_EQ(mode("priv/f"), 0600);
    done(Rename{at("priv/f"), at("nodes/f"), false});
    EXPECT_EQ(mode("nodes/f"), 0600);
    EXPECT_TRUE(node("nodes/f")->withheld.group);
}

TEST_F(PermissionsTest, WhatIsAskedForInPrivCountsOutsideIt) {
    save("priv/f", "x");
    EXPECT_EQ(chmod("priv/f", 0600).changes.size(), 1U);
    done(Rename{at("priv/f"), at("f"), false});
    EXPECT_EQ(mode("f"), 0600);

    save("priv/g", "x");
    done(Rename{at("priv/g"), at("g"), false});
    EXPECT_EQ(mode("g"), 0640) << "nobody asked for less";
}

TEST_F(PermissionsTest, ThePlaceGivesNoMoreThanItHas) {
    save("priv/f", "x");
    chmod("priv/f", 0644);
    EXPECT_EQ(mode("priv/f"), 0600);
    chmod("priv/f", 0400);
    EXPECT_EQ(mode("priv/f"), 0400);
}

TEST_F(PermissionsTest, ALockStaysAsItIs) {
    mkdir("priv/lock/x");
    const LogIndex version = node("priv/lock/x")->version;
    for (const std::uint16_t mode : std::initializer_list<std::uint16_t>{0700, 0755})
        EXPECT_EQ(chmod("priv/lock/x", mode).result, Code::ok);
    EXPECT_EQ(chmod("priv/lock/x", 0500).result, Code::permission_denied);
    EXPECT_EQ(node("priv/lock/x")->version, version) << "that would be a renewal";
}

TEST_F(PermissionsTest, AFileKeepsItsModeWhenItIsWrittenAndLosesItWhenItIsReplaced) {
    save("f", "x");
    chmod("f", 0600);
    const WallTime mtime = node("f")->mtime;
    EXPECT_EQ(chmod("f", 0400).changes.at(0).kind, ChangeKind::permissions);
    EXPECT_EQ(node("f")->mtime, mtime);
    save("f", "y");
    EXPECT_EQ(mode("f"), 0400);
    save("g", "z");
    done(Rename{at("g"), at("f"), false});
    EXPECT_EQ(mode("f"), 0640);
}

TEST_F(PermissionsTest, AnythingElseIsNotFound) {
    EXPECT_EQ(chmod("none", 0600).result, Code::not_found);
    EXPECT_EQ(chmod("nodes/none/f", 0600).result, Code::not_found);
}

TEST_F(PermissionsTest, TheDigestIsTheOldOneUntilSomethingIsKeptBack) {
    save("f", "x");
    const std::string before = encode(*node("f"));
    Node changed = *node("f");
    changed.withheld = {0040, false};
    EXPECT_NE(digest(changed), digest(*node("f")));
    EXPECT_NE(encode(changed), before);
    changed.withheld = {};
    EXPECT_EQ(encode(changed), before);
    // As every program wrote it before there was a mode.
    EXPECT_EQ(before.size(), 8U + 8 + 4 + 1 + 1 + 8 + 8 + 4 + 4 + 1);
}

TEST_F(PermissionsTest, ANodeComesBackWithWhatItKeepsBack) {
    save("f", "x");
    for (const Withheld withheld :
         {Withheld{0640, true}, Withheld{0, true}, Withheld{0040, false}}) {
        Node changed = *node("f");
        changed.withheld = withheld;
        const auto back = decode_node(encode(changed));
        ASSERT_TRUE(back);
        EXPECT_EQ(back->withheld, withheld);
        EXPECT_EQ(digest(*back), digest(changed));
    }
}

TEST_F(PermissionsTest, ANodeThatKeepsBackWhatItNeverHadIsCorrupt) {
    save("f", "x");
    for (const Withheld withheld :
         {Withheld{0001, false}, Withheld{0100, false}, Withheld{07000, false}}) {
        Node changed = *node("f");
        changed.withheld = withheld;
        EXPECT_FALSE(decode_node(encode(changed)));
        std::vector<Node> nodes{tree.root(), changed};
        nodes[1].parent = root_inode;
        EXPECT_FALSE(Tree::from_nodes(nodes, {}));
    }
    // 128 says that there is something, and there is nothing: a second encoding of the same node.
    std::string bytes = encode(*node("f"));
    const std::size_t kind = 8 + 8 + 4 + 1;
    bytes[kind] = static_cast<char>(bytes[kind] | 128);
    bytes.insert(kind + 1 + 8 + 8 + 4, 2, '\0');
    EXPECT_FALSE(decode_node(bytes));
}

TEST_F(PermissionsTest, ClosedIsWhatTheGroupCannotReadByAnyWay) {
    save("nodes/a/f", "x");
    const Inode file = node("nodes/a/f")->inode;
    EXPECT_FALSE(is_closed(tree, file));
    EXPECT_FALSE(is_closed(tree, "nodes/a/f"));
    for (const char* path : {"", "nodes", "nodes/a", "nodes/a/f"}) {
        chmod(path, 0700);
        EXPECT_TRUE(is_closed(tree, file)) << path;
        EXPECT_TRUE(is_closed(tree, "nodes/a/f")) << path;
        EXPECT_EQ(is_closed(tree, "nodes/a/none"), std::string(path) != "nodes/a/f");
        chmod(path, 0755);
    }
    chgrp("nodes/a", true);
    EXPECT_FALSE(is_closed(tree, file)) << "what others may, the group may";
    chmod("nodes/a", 0750);
    EXPECT_TRUE(is_closed(tree, file));
    chmod("nodes/a", 0755);
    chgrp("nodes/a/f", true);
    EXPECT_TRUE(is_closed(tree, file)) << "others may not";
}

TEST_F(PermissionsTest, AChangeSaysWhetherItIsTheGroupsBusiness) {
    save("f", "x");
    EXPECT_FALSE(chmod("nodes/b", 0755).result != Code::ok);
    EXPECT_TRUE(chmod("f", 0600).changes.at(0).closed);
    EXPECT_TRUE(apply(Rename{at("f"), at("g"), false}).changes.at(0).closed);
    EXPECT_TRUE(chmod("g", 0640).changes.at(0).closed) << "it was until then";
    chmod("nodes/a", 0700);
    EXPECT_TRUE(apply(Rename{at("g"), at("nodes/a/g"), false}).changes.at(0).closed);
    EXPECT_TRUE(apply(Rename{at("nodes/a/g"), at("g"), false}).changes.at(0).closed);
    save("h", "secret");
    chmod("h", 0600);
    EXPECT_TRUE(apply(Rename{at("g"), at("h"), false}).changes.at(0).closed)
        << "of what it replaced";
    EXPECT_FALSE(apply(RemoveFile{at("h")}).changes.at(0).closed);
    save("nodes/a/i", "x");
    EXPECT_TRUE(apply(RemoveFile{at("nodes/a/i")}).changes.at(0).closed);
}

TEST(LevelOf, IsTwoForPermissionsAloneAndInATransaction) {
    const SetPermissions chmod{{root_inode, "f"}, 0600, {}};
    EXPECT_EQ(level_of(chmod), 2U);
    EXPECT_EQ(level_of(CreateFile{}), 1U);
    EXPECT_EQ(level_of(Transaction{{}, {CreateFile{}}}), 1U);
    EXPECT_EQ(level_of(Transaction{{}, {CreateFile{}, chmod}}), 2U);
}

}  // namespace
}  // namespace pmx::tree
