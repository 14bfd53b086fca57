#include "tests/support/linearizability.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace pmx::support {
namespace {

std::optional<std::string> judge(std::string_view text) {
    const Result<std::vector<Operation>> history = parse_history(text);
    EXPECT_TRUE(history) << text;
    return history ? not_linearizable(*history) : std::nullopt;
}

TEST(Linearizability, AcceptsWhatOneAfterTheOtherGives) {
    EXPECT_FALSE(judge(""));
    EXPECT_FALSE(judge("1 read a - 1 2\n1 write a x 3 4\n2 read a x 5 6\n"));
    EXPECT_FALSE(judge("1 write a x 1 2\n1 write b y 3 4\n2 read a x 5 6\n2 read b y 7 8\n"));
}

TEST(Linearizability, FindsALostWrite) {
    EXPECT_TRUE(judge("1 write a x 1 2\n2 read a - 3 4\n"));
    EXPECT_TRUE(judge("1 write a x 1 2\n1 write a y 3 4\n2 read a x 5 6\n"));
}

TEST(Linearizability, FindsAValueNobodyWrote) {
    EXPECT_TRUE(judge("1 write a x 1 2\n2 read a z 1 4\n"));
    EXPECT_TRUE(judge("1 write b x 1 2\n2 read a x 1 4\n"));
}

TEST(Linearizability, FindsAReadFromTheFuture) {
    EXPECT_TRUE(judge("2 read a x 1 2\n1 write a x 3 4\n"));
}

TEST(Linearizability, LetsOverlappingOperationsTakeEitherOrder) {
    EXPECT_FALSE(judge("1 write a x 1 10\n2 write a y 1 10\n3 read a x 11 12\n"));
    EXPECT_FALSE(judge("1 write a x 1 10\n2 write a y 1 10\n3 read a y 11 12\n"));
    EXPECT_FALSE(judge("1 write a x 1 10\n2 read a - 2 3\n3 read a x 4 5\n"));
    EXPECT_FALSE(judge("1 write a x 1 5\n2 read a - 5 6\n")) << "they touch";
}

TEST(Linearizability, FindsReadersThatDisagreeOnTheOrder) {
    EXPECT_TRUE(judge("1 write a x 1 10\n2 read a x 2 3\n3 read a - 4 5\n"));
    EXPECT_TRUE(
        judge("1 write a x 1 20\n2 write a y 1 20\n3 read a x 2 3\n3 read a y 4 5\n"
              "4 read a y 6 7\n4 read a x 8 9\n"));
}

TEST(Linearizability, LetsAnUnknownWriteHappenAnyTimeOrNever) {
    EXPECT_FALSE(judge("1 write a x 1 ?\n2 read a - 3 4\n2 read a x 5 6\n"));
    EXPECT_FALSE(judge("1 write a x 1 ?\n2 read a - 3 4\n2 read a - 5 6\n"));
    EXPECT_FALSE(judge("1 write a x 1 ?\n1 write a y 2 3\n2 read a y 4 5\n2 read a x 6 7\n"));
}

TEST(Linearizability, LetsARemovalComeBeforeAWriteThatReturnedFirst) {
    EXPECT_FALSE(
        judge("1 read a - 1 5\n1 write a x 2 6\n2 write a - 3 14\n1 write a y 10 13\n"
              "2 read a y 25 31\n"));
}

TEST(Linearizability, FindsAnUnknownWriteThatHappensTwice) {
    EXPECT_TRUE(
        judge("1 write a x 1 ?\n2 read a x 3 4\n1 write a y 5 6\n2 read a y 7 8\n"
              "2 read a x 9 10\n"));
}

// The case that needs a write to take effect before another that returned first.
TEST(Linearizability, FindsTheOneOrderThatExplainsAll) {
    EXPECT_FALSE(
        judge("1 write a x 1 30\n2 write a y 2 30\n3 write a z 3 30\n4 read a z 4 5\n"
              "4 read a x 6 7\n4 read a y 8 9\n5 read a y 31 32\n"));
    EXPECT_TRUE(
        judge("1 write a x 1 30\n2 write a y 2 30\n3 write a z 3 30\n4 read a z 4 5\n"
              "4 read a x 6 7\n4 read a y 8 9\n5 read a z 31 32\n"));
}

// As after a disk that hung: twenty at once.
TEST(Linearizability, JudgesManyWritesAtOnce) {
    std::string history;
    for (int i = 0; i < 20; ++i)
        history += "1 write a w" + std::to_string(i) + " 1 " + std::to_string(100 + i) + "\n";
    EXPECT_FALSE(judge(history + "2 read a w7 50 90\n2 read a w3 130 131\n"));
    EXPECT_TRUE(judge(history + "2 read a w7 50 90\n2 read a w3 91 92\n2 read a w7 130 131\n"));
    EXPECT_TRUE(judge(history + "2 read a - 130 131\n"));
}

// Every order there is: an operation may come next when none that is left returned before its call.
bool some_order_explains(std::vector<Operation> left, const std::string& held) {
    const auto waits = [&](const Operation& next) {
        return std::any_of(left.begin(), left.end(), [&](const Operation& other) {
            return other.returned && *other.returned < next.called;
        });
    };
    if (std::none_of(left.begin(), left.end(), [](const Operation& o) { return o.returned; })) {
        return true;
    }
    for (std::size_t i = 0; i < left.size(); ++i) {
        const Operation next = left[i];
        const bool read = next.kind == Operation::Kind::read;
        if (waits(next) || (read && next.returned && next.value != held)) continue;
        std::vector<Operation> rest = left;
        rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
        if (some_order_explains(std::move(rest), read ? held : next.value)) return true;
    }
    return false;
}

TEST(Linearizability, AgreesWithTryingEveryOrder) {
    std::mt19937 random(7);
    const auto below = [&](int limit) { return static_cast<int>(random() % unsigned(limit)); };
    int linearizable = 0;
    for (int round = 0; round < 20000; ++round) {
        std::vector<Operation> history;
        for (int i = 3 + below(5); i > 0; --i) {
            Operation operation;
            operation.client = unsigned(i);
            operation.key = "a";
            operation.kind = below(2) == 0 ? Operation::Kind::read : Operation::Kind::write;
            const int value = below(4);
            operation.value = value == 0 ? std::string(absent_value) : std::to_string(value);
            operation.called = below(12);
            if (below(6) > 0) operation.returned = operation.called + below(8);
            history.push_back(operation);
        }
        const bool explained = some_order_explains(history, std::string(absent_value));
        if (explained) ++linearizable;
        std::string text;
        for (const Operation& operation : history)
            text += format(operation) + "\n";
        ASSERT_EQ(!not_linearizable(history), explained) << text;
    }
    EXPECT_GT(linearizable, 2000);
    EXPECT_LT(linearizable, 18000);
}

// Operations on a real register, each at an instant within its time; then one value is made stale.
TEST(Linearizability, JudgesManyOverlappingClients) {
    for (unsigned seed = 1; seed <= 10; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed);
        const auto below = [&](int limit) { return static_cast<int>(random() % unsigned(limit)); };
        std::vector<Operation> history;
        std::string held(absent_value);
        for (int instant = 100; instant < 2100; ++instant) {
            Operation operation;
            operation.client = unsigned(below(8));
            operation.key = "a";
            operation.called = instant - below(4);
            operation.returned = instant + below(4);
            if (below(2) == 0) {
                operation.value = "v" + std::to_string(instant);
                held = operation.value;
                if (below(10) == 0) operation.returned.reset();
            } else {
                operation.kind = Operation::Kind::read;
                operation.value = held;
            }
            history.push_back(operation);
        }
        std::shuffle(history.begin(), history.end(), random);
        EXPECT_EQ(not_linearizable(history), std::nullopt);
        Operation stale;
        stale.kind = Operation::Kind::read;
        stale.key = "a";
        stale.value = absent_value;
        stale.called = 1000;
        stale.returned = 1001;
        history.push_back(stale);
        EXPECT_TRUE(not_linearizable(history));
    }
}

TEST(Linearizability, ReadsBackWhatItPrints) {
    const std::string_view text = "# eight writers\n\n7 write nodes/a x -5 12\n8 read b - 3 ?\n";
    const Result<std::vector<Operation>> history = parse_history(text);
    ASSERT_TRUE(history);
    ASSERT_EQ(history->size(), 2U);
    EXPECT_EQ(format((*history)[0]), "7 write nodes/a x -5 12");
    EXPECT_EQ(format((*history)[1]), "8 read b - 3 ?");
}

TEST(Linearizability, NamesTheLineThatIsNoOperation) {
    for (const std::string_view line :
         {"1 write a x 1", "x write a x 1 2", "1 wrote a x 1 2", "1 write a x 2 1",
          "1 write a  1 2", "1 write a x 1 2 3", "1 write a x one 2"}) {
        const auto history = parse_history("1 write a x 1 2\n" + std::string(line));
        ASSERT_FALSE(history) << line;
        EXPECT_NE(history.error().message().find("line 2"), std::string::npos);
    }
}

}  // namespace
}  // namespace pmx::support
