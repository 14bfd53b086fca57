#include "notifier/daemon/expectation_watch.h"

#include <gtest/gtest.h>

namespace pmx::notifier {
namespace {

TEST(Together, WhatTwoNodesKnowOfOneExpectation) {
    const Watch never{10, std::nullopt, std::nullopt};
    const Watch lately{20, 50, std::nullopt};
    EXPECT_EQ(together(never, lately), (Watch{10, 50, std::nullopt}));
    EXPECT_EQ(together(lately, never), (Watch{10, 50, std::nullopt}));
    const Watch told{20, 40, 70};
    EXPECT_EQ(together(told, lately), (Watch{20, 50, 70})) << "what was told is this node's own";
}

}  // namespace
}  // namespace pmx::notifier
