#include "corosync/connection.h"

#include <gtest/gtest.h>

#include "tests/support/no_threads.h"

namespace pmx::corosync {
namespace {

TEST(Connector, WithoutAThreadTheAttemptFailsAndAnotherMayBegin) {
    Connector connector(NodeId(1));
    for (int attempt = 0; attempt < 2; ++attempt) {
        const NoThreads no_threads;
        connector.begin();
        auto result = connector.take();
        ASSERT_TRUE(result.has_value());
        ASSERT_FALSE(*result);
        EXPECT_EQ(result->error().code(), Code::busy) << result->error().message();
    }
}

}  // namespace
}  // namespace pmx::corosync
