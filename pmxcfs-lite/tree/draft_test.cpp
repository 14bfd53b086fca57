#include "tree/draft.h"

#include "tree/tree_fixture.h"

namespace pmx::tree {

class DraftTest : public TreeTest {
  protected:
    static std::string names(const Draft& draft, Inode directory) {
        std::vector<std::string> found;
        draft.each_child(directory, [&](const Node& node) { found.push_back(node.name); });
        std::string text;
        for (const std::string& name : found)
            text += name + " ";
        return text;
    }
};

TEST_F(DraftTest, ShowsItsChangesAndTheTreeDoesNot) {
    const Inode d = mkdir("d");
    const Inode f = save("d/f", "1234");
    const Inode g = save("d/g", "");
    const Sha256 before = tree.digest();
    Draft draft(tree);
    EXPECT_FALSE(draft.is_changed());
    draft.remove(f);
    draft.move(g, root_inode, "h");
    EXPECT_TRUE(draft.is_changed());
    EXPECT_TRUE(draft.is_empty(d));
    EXPECT_EQ(names(draft, d), "");
    EXPECT_EQ(names(draft, root_inode), "d h ");
    EXPECT_EQ(draft.child(d, "f"), nullptr);
    EXPECT_EQ(draft.find(f), nullptr);
    EXPECT_EQ(draft.child(root_inode, "h")->inode, g);
    EXPECT_EQ(draft.totals().bytes, 0U);
    EXPECT_EQ(draft.totals().inodes, 3U);
    EXPECT_EQ(tree.digest(), before);
    draft.commit(tree, time);
    EXPECT_EQ(node("h")->inode, g);
    EXPECT_TRUE(node("d")->children.empty());
    EXPECT_EQ(tree.totals().inodes, 3U);
    EXPECT_EQ(tree.time(), time);
}

TEST_F(DraftTest, ANameComesAndGoes) {
    const Inode d = mkdir("d");
    const Inode f = save("f", "");
    Draft draft(tree);
    draft.move(f, d, "f");
    EXPECT_FALSE(draft.is_empty(d));
    draft.move(f, root_inode, "f");
    EXPECT_TRUE(draft.is_empty(d));
    EXPECT_EQ(names(draft, root_inode), "d f ");
    draft.commit(tree, time);
    EXPECT_EQ(node("f")->inode, f);
    EXPECT_TRUE(node("d")->children.empty());
}

}  // namespace pmx::tree
