#include "tree/layout.h"

#include "tree/tree_fixture.h"

namespace pmx::tree {

TEST(Layout, KnowsWhatIsRootsAlone) {
    for (const char* path : {"priv", "priv/lock", "priv/a/b", "nodes/a/priv", "nodes/a/priv/x"}) {
        EXPECT_TRUE(is_private(path)) << path;
    }
    for (const char* path : {"", "privy", "nodes", "nodes/priv", "nodes/priv/x", "a/priv",
                             "nodes/a/private", "nodes/a/lxc/priv"}) {
        EXPECT_FALSE(is_private(path)) << path;
    }
}

TEST(Layout, KnowsGuestConfigurations) {
    const auto guest = guest_config("nodes/pve1/qemu-server/100.conf");
    ASSERT_TRUE(guest);
    EXPECT_EQ(guest->node, "pve1");
    EXPECT_EQ(guest->kind, "qemu-server");
    EXPECT_EQ(guest->vmid, 100U);
    EXPECT_EQ(guest_config("nodes/b/lxc/999999999.conf")->vmid, 999'999'999U);
    EXPECT_TRUE(guest_config("nodes/b/openvz/1.conf"));
}

TEST(Layout, TakesNothingElseForAGuest) {
    for (const char* path :
         {"", "nodes", "nodes/b/lxc", "nodes/b/lxc/.conf", "nodes/b/lxc/0100.conf",
          "nodes/b/lxc/0.conf", "nodes/b/lxc/1000000000.conf", "nodes/b/lxc/1x.conf",
          "nodes/b/lxc/-1.conf", "nodes/b/lxc/100.conf.tmp", "nodes/b/lxc/x/100.conf",
          "nodes/b/kvm/100.conf", "x/b/lxc/100.conf", "nodes/b/lxc/100.CONF"}) {
        EXPECT_FALSE(guest_config(path)) << path;
    }
}

class LayoutTest : public TreeTest {};

TEST_F(LayoutTest, LocksAreDirectoriesRightBelowPrivLock) {
    fresh_store();
    const Inode lock = mkdir("priv/lock/storage");
    save("priv/lock/file", "");
    mkdir("lock");
    mkdir("lock/x");
    EXPECT_TRUE(is_lock(tree, *tree.find(lock)));
    for (const char* path : {"", "priv", "priv/lock", "priv/lock/file", "lock/x"}) {
        EXPECT_FALSE(is_lock(tree, *node(path))) << path;
    }
}

TEST_F(LayoutTest, APrivateInodeIsKnownByItsPath) {
    fresh_store();
    EXPECT_TRUE(is_private(tree, save("priv/token.cfg", "secret")));
    EXPECT_FALSE(is_private(tree, save("user.cfg", "")));
    EXPECT_FALSE(is_private(tree, root_inode));
    EXPECT_TRUE(is_private(tree, Inode(123'456)));
}

}  // namespace pmx::tree
