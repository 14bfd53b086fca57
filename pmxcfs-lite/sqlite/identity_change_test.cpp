#include "sqlite/identity_change.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/random.h"
#include "sqlite/open.h"
#include "sqlite/state_directory.h"
#include "tests/support/log_writer.h"
#include "tests/support/temporary_directory.h"

namespace pmx::sqlite {
namespace {

class IdentityChangeTest : public testing::Test {
  protected:
    Opened must_open(const std::string& node_name = "alpha") {
        auto opened = open({.state_directory = directory_.path(), .node_name = node_name});
        EXPECT_TRUE(opened) << opened.error().message();
        if (!opened) std::abort();
        return std::move(*opened);
    }
    // Makes a database of a node alone; with a content, there is a file in it.
    ports::Identity node_alone(const std::string& content) {
        const Opened opened = must_open();
        LogWriter writer(opened.state);
        ports::WriteBatch batch;
        batch.append = {writer.change(tree::MakeDirectory{{tree::root_inode, "nodes"}})};
        if (!content.empty()) batch.append.push_back(writer.save("users.cfg", content));
        const auto written = opened.store->write(batch);
        EXPECT_TRUE(written) << written.error().message();
        return opened.state.identity;
    }
    std::optional<Occupant> look() {
        auto occupant = look_at_occupant(directory_.path());
        EXPECT_TRUE(occupant) << occupant.error().message();
        return std::move(*occupant);
    }
    static ports::Identity member() {
        return {.cluster = random_cluster_id(),
                .disk = {},
                .node = NodeId(3),
                .node_name = "gamma",
                .mode = ports::Mode::cluster};
    }

    TemporaryDirectory directory_;
};

TEST_F(IdentityChangeTest, AMemberStartsWithNothingButItsIdentity) {
    const ports::Identity wanted = member();
    const std::string state = directory_.path() + "/fresh/state";
    const auto aside = put_empty_member(state, wanted);
    ASSERT_TRUE(aside) << aside.error().message();
    EXPECT_EQ(*aside, "");
    const auto opened = open({.state_directory = state, .node_name = "other"});
    ASSERT_TRUE(opened) << opened.error().message();
    EXPECT_FALSE(opened->created);
    EXPECT_FALSE(opened->damage);
    EXPECT_FALSE(opened->former_disk);
    const ports::Identity& identity = opened->state.identity;
    EXPECT_EQ(identity.cluster, wanted.cluster);
    EXPECT_EQ(identity.node, NodeId(3));
    EXPECT_EQ(identity.node_name, "gamma");
    EXPECT_EQ(identity.mode, ports::Mode::cluster);
    EXPECT_NE(identity.disk, DiskId());
    EXPECT_TRUE(opened->state.log.base.voters.empty());
    EXPECT_EQ(tree_of(opened->state).totals().inodes, tree::Tree().totals().inodes);
}

TEST_F(IdentityChangeTest, TellsWhetherFilesWouldBeLost) {
    EXPECT_FALSE(look());
    const ports::Identity identity = node_alone("");
    ASSERT_TRUE(look());
    EXPECT_EQ(look()->identity, identity);
    EXPECT_FALSE(look()->has_files);
    node_alone("user:root@pam:1:0\n");
    EXPECT_TRUE(look()->has_files);
}

TEST_F(IdentityChangeTest, WhatWasThereIsKeptWhole) {
    const ports::Identity old = node_alone("keep me");
    const auto aside = put_empty_member(directory_.path(), member());
    ASSERT_TRUE(aside) << aside.error().message();
    EXPECT_THAT(*aside, testing::StartsWith(directory_.path() + "/replaced-"));
    EXPECT_FALSE(look()->has_files);
    EXPECT_EQ(look()->identity->node_name, "gamma");
    const auto kept = open({.state_directory = *aside, .node_name = "alpha"});
    ASSERT_TRUE(kept) << kept.error().message();
    EXPECT_EQ(kept->state.identity, old);
    EXPECT_EQ(files_of(tree_of(kept->state)).at("users.cfg"), "keep me");
}

TEST_F(IdentityChangeTest, ADamagedDatabaseIsNoneThatMayBeLost) {
    node_alone("keep me");
    {
        std::fstream file(StateDirectory(directory_.path()).database(),
                          std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(5000);
        file << "damaged";
    }
    ASSERT_TRUE(look());
    EXPECT_FALSE(look()->identity);
    EXPECT_TRUE(look()->has_files);
}

TEST_F(IdentityChangeTest, ARunningDaemonIsInTheWay) {
    const Opened held = must_open();
    EXPECT_EQ(look_at_occupant(directory_.path()).error().code(), Code::busy);
    EXPECT_EQ(put_empty_member(directory_.path(), member()).error().code(), Code::busy);
}

// The new database has its last name but for the rename, the old one is in its place or just gone.
TEST_F(IdentityChangeTest, ACrashOnTheWayLeavesOneOfTheTwo) {
    const ports::Identity old = node_alone("keep me");
    const StateDirectory directory(directory_.path());
    const std::string other = directory_.path() + "/other";
    ASSERT_TRUE(put_empty_member(other, member()));
    std::filesystem::copy_file(StateDirectory(other).database(), directory.saved());
    EXPECT_EQ(must_open().state.identity, old);

    std::filesystem::copy_file(StateDirectory(other).database(), directory.saved());
    ASSERT_TRUE(directory.set_aside(directory.name_for_replaced()));
    EXPECT_EQ(must_open().state.identity.node_name, "gamma");
}

}  // namespace
}  // namespace pmx::sqlite
