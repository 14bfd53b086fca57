#include "tree/tree_fixture.h"

namespace pmx::tree {

class LockTest : public TreeTest {
  protected:
    void SetUp() override {
        fresh_store();
        lock = mkdir("priv/lock/storage", node_2);
    }

    Inode lock;
};

TEST_F(LockTest, MkdirTakesItForTheEntrysNode) {
    EXPECT_EQ(tree.find(lock)->writer, node_2);
    EXPECT_EQ(tree.find(lock)->version, index);
    EXPECT_EQ(result(MakeDirectory{at("priv/lock/storage")}, node_1), Code::already_exists);
    EXPECT_EQ(result(MakeDirectory{at("priv/lock/storage")}, node_2), Code::already_exists);
}

TEST_F(LockTest, OnlyTheHolderRenews) {
    const LogIndex taken = index;
    EXPECT_EQ(result(SetTimes{at("priv/lock/storage"), time}, node_1), Code::access_denied);
    EXPECT_EQ(tree.find(lock)->version, taken);
    const WallTime asked = time + std::chrono::seconds(30);
    const Outcome outcome = apply(SetTimes{at("priv/lock/storage"), asked}, node_2);
    EXPECT_EQ(outcome.result, Code::ok);
    EXPECT_EQ(tree.find(lock)->version, index);
    EXPECT_EQ(tree.find(lock)->mtime, asked);
    ASSERT_EQ(outcome.changes.size(), 1U);
    EXPECT_EQ(outcome.changes[0].kind, ChangeKind::times);
}

TEST_F(LockTest, TimeZeroAsksAndChangesNothing) {
    const Sha256 before = tree.digest();
    for (const NodeId asker : {node_1, node_2}) {
        const Outcome outcome = apply(SetTimes{at("priv/lock/storage"), WallTime()}, asker);
        EXPECT_EQ(outcome.result, Code::ok);
        EXPECT_EQ(outcome.inode, lock);
        EXPECT_TRUE(outcome.changes.empty());
        EXPECT_EQ(tree.digest(), before);
    }
}

TEST_F(LockTest, ExpiryFreesIt) {
    const Outcome outcome = apply(ExpireLock{lock, index});
    EXPECT_EQ(outcome.result, Code::ok);
    ASSERT_EQ(outcome.changes.size(), 1U);
    EXPECT_EQ(outcome.changes[0].kind, ChangeKind::expired);
    EXPECT_EQ(outcome.changes[0].path, "priv/lock/storage");
    EXPECT_EQ(tree.find(lock), nullptr);
    EXPECT_NE(mkdir("priv/lock/storage", node_1), lock);
}

TEST_F(LockTest, ExpiryLosesToARenewal) {
    const LogIndex judged = index;
    done(SetTimes{at("priv/lock/storage"), time}, node_2);
    const Sha256 before = tree.digest();
    EXPECT_EQ(result(ExpireLock{lock, judged}), Code::ok);
    EXPECT_EQ(tree.digest(), before);
    done(RemoveDirectory{at("priv/lock/storage")}, node_2);
    EXPECT_EQ(result(ExpireLock{lock, judged}), Code::ok) << "gone meanwhile";
}

TEST_F(LockTest, OnlyLocksExpire) {
    const Inode directory = mkdir("d");
    EXPECT_EQ(result(ExpireLock{directory, index}), Code::invalid_argument);
    EXPECT_EQ(result(ExpireLock{root_inode, tree.root().version}), Code::invalid_argument);
}

TEST_F(LockTest, RmdirLetsGo) {
    EXPECT_EQ(result(RemoveDirectory{at("priv/lock/storage")}, node_2), Code::ok);
    mkdir("priv/lock/storage", node_1);
    EXPECT_EQ(node("priv/lock/storage")->writer, node_1);
}

TEST_F(LockTest, MkdirIsTheOnlyWayToOne) {
    mkdir("d");
    EXPECT_EQ(result(Rename{at("d"), at("priv/lock/d")}), Code::permission_denied);
    EXPECT_EQ(result(Rename{at("d"), at("priv/lock/storage")}), Code::permission_denied);
    EXPECT_EQ(result(Rename{at("priv/lock/storage"), at("d")}), Code::permission_denied);
    EXPECT_EQ(result(Rename{at("priv/lock/storage"), at("priv/lock/x")}), Code::permission_denied);
}

TEST_F(LockTest, NothingIsPutIntoOne) {
    save("f", "");
    mkdir("d");
    EXPECT_EQ(result(CreateFile{at("priv/lock/storage/f")}), Code::permission_denied);
    EXPECT_EQ(result(MakeDirectory{at("priv/lock/storage/d")}), Code::permission_denied);
    EXPECT_EQ(result(Rename{at("f"), at("priv/lock/storage/f")}), Code::permission_denied);
    EXPECT_EQ(result(Rename{at("d"), at("priv/lock/storage/d")}), Code::permission_denied);
}

TEST_F(LockTest, AFileBesideLocksIsNone) {
    save("priv/lock/note", "x");
    EXPECT_EQ(result(SetTimes{at("priv/lock/note"), WallTime()}), Code::ok);
    EXPECT_EQ(node("priv/lock/note")->mtime, WallTime());
    EXPECT_EQ(result(Rename{at("priv/lock/note"), at("note")}), Code::ok);
}

}  // namespace pmx::tree
