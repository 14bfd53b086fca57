#include "fuse/edits.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tree/edits.h"

namespace pmx::fuse {
namespace {

std::string applied(const std::vector<tree::Edit>& edits, const std::string& before) {
    const auto after = tree::apply_edits(std::make_shared<const std::string>(before), edits);
    return after ? **after : after.error().message();
}

TEST(Edits, MergesWritesThatTouch) {
    Edits edits;
    edits.write(0, "abc");
    edits.write(3, "def");
    edits.write(1, "XY");
    ASSERT_EQ(edits.list().size(), 1U);
    EXPECT_EQ(applied(edits.list(), ""), "aXYdef");
}

TEST(Edits, ForgetsWhatATruncationToNothingUndoes) {
    Edits edits;
    edits.write(100, "gone");
    edits.append("gone too");
    edits.truncate(0);
    edits.write(0, "x");
    ASSERT_EQ(edits.list().size(), 2U);
    EXPECT_EQ(applied(edits.list(), "before"), "x");
}

TEST(Edits, KeepsAppendsAppends) {
    Edits edits;
    edits.append("one ");
    edits.append("two");
    ASSERT_EQ(edits.list().size(), 1U);
    EXPECT_EQ(edits.list().front().kind, tree::Edit::Kind::append);
}

// Whatever was done, the edits do the same in fewer steps, and the sizes foretold come true.
TEST(Edits, SaysTheSameAsTheStepsOneByOne) {
    for (unsigned seed = 0; seed < 2000; ++seed) {
        std::mt19937 random(seed);
        const auto below = [&random](unsigned limit) { return random() % limit; };
        const std::string before(below(60), 'b');
        std::vector<tree::Edit> steps;
        Edits edits;
        for (unsigned i = 0; i < 12; ++i) {
            const std::string bytes(1 + below(12), static_cast<char>('A' + i));
            const std::uint64_t offset = below(80);
            switch (below(4)) {
                case 0:
                    edits.truncate(offset);
                    steps.push_back({tree::Edit::Kind::truncate, offset, {}});
                    break;
                case 1:
                    edits.append(bytes);
                    steps.push_back({tree::Edit::Kind::append, 0, bytes});
                    break;
                default:
                    edits.write(offset, bytes);
                    steps.push_back({tree::Edit::Kind::write, offset, bytes});
            }
        }
        const std::string expected = applied(steps, before);
        ASSERT_EQ(applied(edits.list(), before), expected) << "seed " << seed;
        ASSERT_EQ(edits.size_after(before.size()), expected.size()) << "seed " << seed;
        std::size_t bytes = 0;
        for (const tree::Edit& edit : edits.list())
            bytes += edit.bytes.size();
        ASSERT_GE(edits.encoded_bytes(), bytes) << "seed " << seed;
    }
}

}  // namespace
}  // namespace pmx::fuse
