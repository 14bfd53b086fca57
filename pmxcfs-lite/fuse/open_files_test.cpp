#include "fuse/open_files.h"

#include <gtest/gtest.h>

namespace pmx::fuse {
namespace {

tree::Node node_of(const std::string& content) {
    tree::Node node;
    node.inode = Inode(512);
    node.content = std::make_shared<const std::string>(content);
    return node;
}

// In a log that lost, an entry made an inode; in the one that won, the entry of that place made
// another.
TEST(OpenFiles, ANumberGivenAgainIsAnotherFile) {
    OpenFiles files;
    const auto lock = files.lock();
    const auto old = files.open_committed(node_of("old"));
    old->handles.push_back(std::make_shared<Handle>());
    files.became_removed(*old);
    const auto now = files.open_committed(node_of("new"));
    EXPECT_NE(old, now);
    EXPECT_EQ(*old->latest, "old");
    old->handles.clear();
    files.drop_if_unused(old);
    EXPECT_EQ(files.find(now->node_id), now);
    EXPECT_EQ(files.find_committed(Inode(512)), now);
}

}  // namespace
}  // namespace pmx::fuse
