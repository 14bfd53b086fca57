#include "replica/forgotten_results.h"

#include <gtest/gtest.h>

#include <limits>

namespace pmx::replica {
namespace {

RequestId request(std::uint64_t sequence, std::uint64_t boot = 1, std::uint32_t node = 1) {
    return {NodeId(node), Boot(boot), sequence};
}

std::string encoded(const ForgottenResults& results) {
    ByteWriter out;
    results.encode(out);
    return out.take();
}

bool decodes(const std::string& bytes) {
    ByteReader in(bytes);
    (void)ForgottenResults::decode(in);
    return in.complete();
}

// Of one boot of one node.
std::string bytes_of(const std::vector<std::pair<std::uint64_t, std::uint64_t>>& runs) {
    ByteWriter out;
    out.u32(1);
    out.id(NodeId(1));
    out.u16(1);
    out.id(Boot(1));
    out.id(LogIndex(9));
    out.u16(static_cast<std::uint16_t>(runs.size()));
    for (const auto& [first, last] : runs) {
        out.u64(first);
        out.u64(last);
    }
    return out.take();
}

TEST(ForgottenResults, ContainWhatWasAddedInAnyOrderAndNothingElse) {
    ForgottenResults results;
    for (const std::uint64_t sequence : {5U, 2U, 3U, 9U, 6U, 4U, 4U})
        results.add(request(sequence), LogIndex(sequence));
    for (std::uint64_t sequence = 0; sequence < 12; ++sequence) {
        const bool added = (sequence >= 2 && sequence <= 6) || sequence == 9;
        EXPECT_EQ(results.contains(request(sequence)), added) << sequence;
    }
    EXPECT_FALSE(results.contains(request(5, 2)));
    EXPECT_FALSE(results.contains(request(5, 1, 2)));
    EXPECT_EQ(encoded(results).size(), bytes_of({{2, 6}, {9, 9}}).size()) << "in two runs";
}

TEST(ForgottenResults, ContainTheLowestAndTheHighestNumber) {
    constexpr auto highest = std::numeric_limits<std::uint64_t>::max();
    ForgottenResults results;
    for (const std::uint64_t sequence : {highest, std::uint64_t{0}, highest - 1, std::uint64_t{1}})
        results.add(request(sequence), LogIndex(1));
    EXPECT_TRUE(results.contains(request(highest)));
    EXPECT_TRUE(results.contains(request(0)));
    EXPECT_FALSE(results.contains(request(2)));
    EXPECT_TRUE(decodes(encoded(results)));
}

TEST(ForgottenResults, LoseTheOldestRunsOfANodeThatHasTooMany) {
    ForgottenResults results;
    constexpr std::uint64_t count = ForgottenResults::max_runs_per_node;
    results.add(request(1, 1, 2), LogIndex(1));
    for (std::uint64_t i = 1; i <= count + 1; ++i)
        results.add(request(7, count + 2 - i), LogIndex(1 + i));
    EXPECT_FALSE(results.contains(request(7, count + 1))) << "the first that was applied";
    EXPECT_TRUE(results.contains(request(7, count)));
    EXPECT_TRUE(results.contains(request(7, 1)));
    EXPECT_TRUE(results.contains(request(1, 1, 2))) << "of another node";
    EXPECT_TRUE(decodes(encoded(results)));
}

TEST(ForgottenResults, ComeBackAsTheyWere) {
    ForgottenResults results;
    for (const std::uint64_t sequence : {1U, 2U, 4U})
        results.add(request(sequence), LogIndex(sequence));
    results.add(request(3, 8, 2), LogIndex(5));
    const std::string bytes = encoded(results);
    ByteReader in(bytes);
    EXPECT_EQ(ForgottenResults::decode(in), results);
    EXPECT_TRUE(in.complete());
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_FALSE(decodes(bytes.substr(0, size))) << size;
}

TEST(ForgottenResults, AreRefusedWhereRunsAreNotApart) {
    EXPECT_TRUE(decodes(bytes_of({{1, 2}, {4, 4}})));
    EXPECT_FALSE(decodes(bytes_of({})));
    EXPECT_FALSE(decodes(bytes_of({{1, 2}, {3, 4}})));
    EXPECT_FALSE(decodes(bytes_of({{1, 2}, {2, 4}})));
    EXPECT_FALSE(decodes(bytes_of({{4, 4}, {1, 2}})));
    EXPECT_FALSE(decodes(bytes_of({{2, 1}})));
    EXPECT_FALSE(decodes(bytes_of({{1, std::numeric_limits<std::uint64_t>::max()}, {0, 0}})));
}

}  // namespace
}  // namespace pmx::replica
