#include "engine/checkpointer.h"

#include <gtest/gtest.h>

#include <memory>

#include "wire/entry.h"

namespace pmx::engine {
namespace {

TEST(Checkpointer, WritesAllThatStandsInANode) {
    tree::Node root;
    root.inode = tree::root_inode;
    root.parent = tree::root_inode;
    root.kind = tree::NodeKind::directory;
    tree::Node secret;
    secret.inode = Inode(1024);
    secret.parent = tree::root_inode;
    secret.name = "secret";
    secret.content = std::make_shared<const std::string>("x");
    secret.mtime = wall_from_ns(3);
    secret.version = LogIndex(4);
    secret.writer = NodeId(5);
    secret.withheld = {.mode = 0040, .group = true};
    const auto tree = tree::Tree::from_nodes({root, secret}, {});
    ASSERT_TRUE(tree);

    ports::Committed committed;
    auto entry = std::make_shared<wire::Entry>();
    entry->index = secret.version;
    committed.entry = entry;
    committed.changes.emplace_back();
    committed.changes.back().inode = secret.inode;
    committed.changes.back().parent = tree::root_inode;
    Checkpointer checkpointer;
    checkpointer.note(committed);
    const ports::Checkpoint checkpoint = checkpointer.begin(*tree, {});
    const auto read_back = tree::Tree::from_nodes(checkpoint.changed, {});
    ASSERT_TRUE(read_back);
    EXPECT_EQ(read_back->digest(), tree->digest());
}

}  // namespace
}  // namespace pmx::engine
