#include "replica/base.h"

#include <gtest/gtest.h>

namespace pmx::replica {
namespace {

Voter voter(std::uint32_t node) {
    Voter voter{NodeId(node), {}};
    voter.disk.bytes[0] = static_cast<std::uint8_t>(node);
    return voter;
}

Base some_base() {
    Base base;
    base.index = LogIndex(12);
    base.view = {{}, 3, NodeId(1)};
    base.chain[0] = 1;
    base.voters = {voter(1), voter(2)};
    base.tree_digest[1] = 2;
    base.results.record({NodeId(1), Boot(5), 9}, {LogIndex(11), Code::not_found, Inode(7)});
    base.results.record({NodeId(1), Boot(4), 1}, {LogIndex(12), Code::ok, Inode(8)});
    base.ended = {{{{}, 1, NodeId(1)}, LogIndex(4)}, {{{}, 2, NodeId(2)}, LogIndex(11)}};
    return base;
}

TEST(Base, ComesBackAsItWas) {
    const Base base = some_base();
    const Result<Base> back = decode_base(encode(base));
    ASSERT_TRUE(back);
    EXPECT_EQ(encode(*back), encode(base));
    EXPECT_EQ(back->ended, base.ended);
    EXPECT_EQ(back->voters, base.voters);
    EXPECT_EQ(back->results, base.results);
}

TEST(Base, IsRefusedWhenCutShort) {
    const std::string bytes = encode(some_base());
    Base of_one_view = some_base();
    of_one_view.ended.clear();
    const std::size_t whole = encode(of_one_view).size();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_EQ(static_cast<bool>(decode_base(bytes.substr(0, size))), size == whole) << size;
    }
}

TEST(Base, IsRefusedWhereItsViewsAreOutOfOrder) {
    const auto decodes = [](const View& view, LogIndex last) {
        Base base = some_base();
        base.ended.back() = {view, last};
        return static_cast<bool>(decode_base(encode(base)));
    };
    EXPECT_TRUE(decodes({{}, 2, NodeId(2)}, LogIndex(5)));
    EXPECT_FALSE(decodes({{}, 1, NodeId(1)}, LogIndex(5))) << "a view that ends twice";
    EXPECT_FALSE(decodes({{}, 2, NodeId(2)}, LogIndex(4))) << "a view without an entry";
    EXPECT_FALSE(decodes({{}, 3, NodeId(1)}, LogIndex(11))) << "the base's own";
    EXPECT_FALSE(decodes({{}, 2, NodeId(2)}, LogIndex(12))) << "no place for the base's own";
}

TEST(Voters, AreRefusedOutOfOrderOrTwice) {
    EXPECT_TRUE(decode_voters(encode({voter(1), voter(3)})));
    EXPECT_FALSE(decode_voters(encode({voter(3), voter(1)})));
    EXPECT_FALSE(decode_voters(encode({voter(3), voter(3)})));
}

TEST(Voters, AreANodeWithItsDisk) {
    const VoterList voters{voter(1), voter(2), voter(3)};
    EXPECT_TRUE(contains(voters, voter(2)));
    EXPECT_FALSE(contains(voters, {NodeId(2), voter(9).disk}));
}

TEST(Voters, DecideWithMoreThanHalf) {
    EXPECT_EQ(majority(VoterList(1)), 1U);
    EXPECT_EQ(majority(VoterList(2)), 2U);
    EXPECT_EQ(majority(VoterList(3)), 2U);
    EXPECT_EQ(majority(VoterList(4)), 3U);
    EXPECT_EQ(majority(VoterList()), 1U);
}

TEST(RequestResults, KeepTheLastOfEachBootByWhenTheyWereApplied) {
    RequestResults results;
    const RequestId late{NodeId(1), Boot(1), 0};  // low number, applied last
    for (std::uint64_t i = 1; i <= RequestResults::max_in_flight; ++i) {
        results.record({NodeId(1), Boot(1), i}, {LogIndex(i), Code::ok, {}});
    }
    results.record(late, {LogIndex(5000), Code::ok, {}});
    EXPECT_TRUE(results.find(late));
    EXPECT_FALSE(results.find({NodeId(1), Boot(1), 1}));
    EXPECT_TRUE(results.find({NodeId(1), Boot(1), 2}));
}

TEST(RequestResults, KeepTheLastBootsOfEachNode) {
    RequestResults results;
    for (std::uint64_t boot = 1; boot <= RequestResults::max_boots_per_node + 1; ++boot) {
        results.record({NodeId(1), Boot(100 - boot), 1}, {LogIndex(boot), Code::ok, {}});
    }
    EXPECT_FALSE(results.find({NodeId(1), Boot(99), 1}));
    EXPECT_TRUE(results.find({NodeId(1), Boot(98), 1}));
    EXPECT_TRUE(results.find({NodeId(1), Boot(95), 1}));
}

TEST(RequestResults, KnowWhatWasAppliedThoughItsResultIsForgotten) {
    RequestResults results;
    const auto apply = [&](std::uint64_t boot, std::uint64_t sequence, std::uint64_t index) {
        results.record({NodeId(1), Boot(boot), sequence}, {LogIndex(index), Code::ok, {}});
    };
    const std::uint64_t many = RequestResults::max_in_flight + 1;
    for (std::uint64_t i = 1; i <= many; ++i)
        apply(9, i, i);
    for (std::uint64_t boot = 1; boot <= RequestResults::max_boots_per_node; ++boot)
        apply(boot, 2, many + boot);
    for (const std::uint64_t sequence : {std::uint64_t{1}, std::uint64_t{2}, many}) {
        EXPECT_FALSE(results.find({NodeId(1), Boot(9), sequence})) << sequence;
        EXPECT_TRUE(results.was_applied({NodeId(1), Boot(9), sequence})) << sequence;
    }
    EXPECT_FALSE(results.was_applied({NodeId(1), Boot(9), many + 1}));
    EXPECT_FALSE(results.was_applied({NodeId(1), Boot(1), 1}));
    EXPECT_FALSE(results.was_applied({NodeId(2), Boot(9), 1}));
    const auto back = RequestResults::decode(results.encode());
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, results);
}

TEST(RequestResults, KeepTheFirstResultOfARequest) {
    RequestResults results;
    results.record({NodeId(1), Boot(1), 1}, {LogIndex(1), Code::ok, Inode(3)});
    results.record({NodeId(1), Boot(1), 1}, {LogIndex(2), Code::already_exists, {}});
    EXPECT_EQ(results.find({NodeId(1), Boot(1), 1})->inode, Inode(3));
}

}  // namespace
}  // namespace pmx::replica
