#include "engine/tree_difference.h"

#include <gtest/gtest.h>

#include <map>

namespace pmx::engine {
namespace {

class TreeDifferenceTest : public testing::Test {
  protected:
    static tree::Op write_op(const std::string& path, const std::string& text) {
        tree::WriteFile op;
        op.at.path = path;
        op.create = true;
        op.edits = {{tree::Edit::Kind::truncate, 0, {}}, {tree::Edit::Kind::write, 0, text}};
        return op;
    }
    static void apply(tree::Tree& tree, std::uint64_t index, const tree::Op& op) {
        const auto outcome = tree.apply(op, {LogIndex(index), wall_from_ns(1000), NodeId(1)});
        ASSERT_EQ(outcome.result, Code::ok);
    }
    static std::multimap<std::string, tree::ChangeKind> by_path(
        const std::vector<tree::Change>& changes) {
        std::multimap<std::string, tree::ChangeKind> found;
        for (const tree::Change& change : changes)
            if (!change.path.empty()) found.emplace(change.path, change.kind);
        return found;
    }
};

TEST_F(TreeDifferenceTest, NamesWhatIsGoneNewMovedAndOtherwiseInside) {
    tree::Tree before;
    apply(before, 1, write_op("gone", "x"));
    apply(before, 2, write_op("kept", "x"));
    apply(before, 3, write_op("edited", "x"));
    apply(before, 4, write_op("moved", "x"));
    apply(before, 5, write_op("closed", "x"));
    tree::Tree after = before;
    apply(after, 6, tree::RemoveFile{{tree::root_inode, "gone"}});
    apply(after, 7, write_op("edited", "y"));
    apply(after, 8, tree::Rename{{tree::root_inode, "moved"}, {tree::root_inode, "here"}, false});
    apply(after, 9, write_op("new", "x"));
    apply(after, 10, tree::SetPermissions{{tree::root_inode, "closed"}, 0600, {}});
    const auto found = by_path(difference(before, after, LogIndex(5)));
    EXPECT_EQ(found, (std::multimap<std::string, tree::ChangeKind>{
                         {"gone", tree::ChangeKind::removed},
                         {"edited", tree::ChangeKind::modified},
                         {"here", tree::ChangeKind::renamed},
                         {"closed", tree::ChangeKind::permissions},
                         {"new", tree::ChangeKind::created}}));
}

TEST_F(TreeDifferenceTest, OneNumberGivenInTwoLogsIsTwoFiles) {
    tree::Tree before;
    apply(before, 1, write_op("common", "x"));
    tree::Tree after = before;
    apply(before, 2, write_op("ours", "same"));
    apply(after, 2, write_op("theirs", "same"));
    const auto changes = difference(before, after, LogIndex(1));
    ASSERT_GE(changes.size(), 2U);
    EXPECT_EQ(changes.front().kind, tree::ChangeKind::removed);
    const auto found = by_path(changes);
    EXPECT_EQ(found,
              (std::multimap<std::string, tree::ChangeKind>{
                  {"ours", tree::ChangeKind::removed}, {"theirs", tree::ChangeKind::created}}));
}

}  // namespace
}  // namespace pmx::engine
