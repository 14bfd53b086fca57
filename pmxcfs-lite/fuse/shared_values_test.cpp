#include "fuse/shared_values.h"

#include <gtest/gtest.h>

#include <string>

namespace pmx::fuse {
namespace {

TEST(SharedValues, EqualValuesThatAreHeldAreOne) {
    SharedValues<int, std::string> values;
    const auto first = values.share(1, "same");
    EXPECT_EQ(values.share(1, "same"), first);
    EXPECT_NE(values.share(2, "same"), first);
    const auto other = values.share(1, "changed");
    EXPECT_EQ(*other, "changed");
    EXPECT_EQ(*first, "same") << "who holds the old one keeps it";
    EXPECT_EQ(values.share(1, "changed"), other);
}

TEST(SharedValues, NothingIsKeptThatNobodyHolds) {
    SharedValues<int, std::string> values;
    std::weak_ptr<const std::string> gone = values.share(1, "x");
    EXPECT_TRUE(gone.expired());
    for (int key = 0; key < 1'000; ++key)
        EXPECT_EQ(*values.share(key, "y"), "y");
}

}  // namespace
}  // namespace pmx::fuse
