// Halves of four nodes that a quorum device decides between.
#include "replica/group_for_tests.h"

namespace pmx::replica::test {
namespace {

using Side = std::vector<std::uint32_t>;

std::vector<NodeId> nodes_of(const Side& side) {
    return {side.begin(), side.end()};
}

class HalvesTest : public testing::Test {
  protected:
    HalvesTest() {
        for (const std::uint32_t id : {1U, 2U, 3U, 4U}) {
            group.add(id, nodes_of({1, 2, 3, 4})).quorum_by_fewer = true;
            group.start(id);
        }
        group.connect({1, 2, 3, 4});
        group.settle();
        group.propose(1, 1, "a");
        group.settle();
    }
    // What corosync tells each of a side: of members at once, of nodes and quorum when it knows.
    void tell(const Side& side, const Side& nodes, bool quorate) {
        for (const std::uint32_t id : side) {
            group.step(group.at(id),
                       ConfigurationChanged{nodes_of(side), quorate, nodes_of(nodes)});
        }
        group.settle();
    }
    void cut(const Side& side) {
        group.connect(side);
        tell(side, {1, 2, 3, 4}, true);
    }
    [[nodiscard]] bool has_view(std::uint32_t id) {
        return group.at(id).replica->status().open_view.has_value();
    }

    Group group;
};

TEST_F(HalvesTest, TheHalfThatNeverLostQuorumGoesOn) {
    cut({3, 4});
    EXPECT_FALSE(has_view(3)) << "the others may still be there";
    tell({3, 4}, {3, 4}, true);
    ASSERT_TRUE(has_view(3));
    EXPECT_EQ(group.at(3).replica->status().open_view->era.count, 1U);
}

// The other half may have gone on meanwhile. That this one was steady was said before it lost
// quorum.
TEST_F(HalvesTest, TheHalfThatLostQuorumDoesNotGoOnWhenItComesBack) {
    cut({1, 2});
    tell({1, 2}, {1, 2}, false);
    tell({1, 2}, {1, 2}, true);
    EXPECT_FALSE(has_view(1));
    EXPECT_FALSE(has_view(2));
    group.connect({1, 2, 3, 4});
    group.settle();
    EXPECT_TRUE(has_view(1));
}

}  // namespace
}  // namespace pmx::replica::test
