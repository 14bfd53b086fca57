#include "notifier/targets/secrets.h"

#include <gtest/gtest.h>

namespace pmx::notifier {
namespace {

TEST(Secrets, AreHiddenInEveryFormThatAServerMaySendBack) {
    Secrets secrets;
    secrets.add("pa\"ss w/rd");
    secrets.add("");
    EXPECT_EQ(secrets.hidden_in("a pa\"ss w/rd b"), "a *** b");
    EXPECT_EQ(secrets.hidden_in("cGEic3Mgdy9yZA=="), "***");
    EXPECT_EQ(secrets.hidden_in("/pa%22ss%20w%2Frd/"), "/***/");
    EXPECT_EQ(secrets.hidden_in(R"({"x": "pa\"ss w/rd"})"), R"({"x": "***"})");
    EXPECT_EQ(secrets.hidden_in("nothing\nhere"), "nothing here");
}

TEST(Secrets, ALongOneIsNotUncoveredByAShortOneWithinIt) {
    Secrets secrets;
    secrets.add("abc");
    secrets.add("xxabcxx");
    secrets.add("bc");
    EXPECT_EQ(secrets.hidden_in("1 xxabcxx 2 abc 3 bc"), "1 *** 2 *** 3 ***");
}

TEST(Secrets, TheUserOfAUrl) {
    Secrets secrets;
    secrets.add_user_of("http://joe:pa55@proxy:3128/a@b");
    secrets.add_user_of("http://plain/x@y");
    EXPECT_EQ(secrets.hidden_in("joe:pa55@proxy and pa55 and joe, plain/x@y"),
              "***@proxy and *** and joe, plain/x@y");
}

}  // namespace
}  // namespace pmx::notifier
