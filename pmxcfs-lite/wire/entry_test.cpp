#include "wire/entry.h"

#include <gtest/gtest.h>

#include "wire/draft.h"

namespace pmx::wire {
namespace {

Entry some_entry() {
    Entry entry;
    entry.index = LogIndex(42);
    entry.view = {{3, {}}, 7, NodeId(2)};
    entry.kind = EntryKind::change;
    entry.request = {NodeId(2), Boot(99), 5};
    entry.time = wall_from_ns(-1);
    entry.actor = {1000, 1001, 4242, "vim"};
    entry.op = std::string("\0op", 3);
    return entry;
}

TEST(Entry, ComesBackAsItWas) {
    const Entry entry = some_entry();
    const Result<Entry> back = decode_entry(encode(entry));
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, entry);
}

TEST(Entry, IsRefusedWhenCutShortOrTooLong) {
    const std::string bytes = encode(some_entry());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(decode_entry(bytes.substr(0, size))) << size;
    }
    EXPECT_FALSE(decode_entry(bytes + "x"));
}

TEST(Entry, IsRefusedWithAKindThatIsNone) {
    Entry entry = some_entry();
    for (const int kind : {0, 7, 255}) {
        entry.kind = static_cast<EntryKind>(kind);
        EXPECT_FALSE(decode_entry(encode(entry))) << kind;
    }
}

TEST(Entry, IsRefusedAtIndexZero) {
    Entry entry = some_entry();
    entry.index = LogIndex();
    EXPECT_FALSE(decode_entry(encode(entry)));
}

// Stored logs and mixed clusters depend on it: never change these bytes.
TEST(Chain, IsThatOfTheStoredFormat) {
    EXPECT_EQ(encode(some_entry()).size(), 8U + 36 + 1 + 20 + 8 + 12 + (4 + 3) + (4 + 3));
    const Chain chain = chain_after({}, some_entry());
    EXPECT_EQ(chain, sha256({std::string(32, '\0'), encode(some_entry())}));
}

TEST(Chain, ChangesWithEveryPartOfTheEntryAndWithWhatCameBefore) {
    const Chain chain = chain_after({}, some_entry());
    Chain other{};
    other[31] = 1;
    EXPECT_NE(chain_after(other, some_entry()), chain);
    Entry entry = some_entry();
    entry.op[1] = 'q';
    EXPECT_NE(chain_after({}, entry), chain);
    entry = some_entry();
    entry.actor.program = "vi";
    EXPECT_NE(chain_after({}, entry), chain);
    entry = some_entry();
    entry.view.leader = NodeId(3);
    EXPECT_NE(chain_after({}, entry), chain);
}

TEST(Draft, ComesBackAsItWas) {
    const Draft draft{EntryKind::barrier, wall_from_ns(7), {0, 1, 2, "cp"}, "bytes"};
    const Result<Draft> back = decode_draft(encode(draft));
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, draft);
    EXPECT_FALSE(decode_draft(encode(draft) + "x"));
}

TEST(Draft, IsRefusedWithAProgramNameOverTheLimit) {
    const Draft draft{
        EntryKind::change, {}, {0, 0, 0, std::string(max_program_bytes + 1, 'x')}, {}};
    EXPECT_FALSE(decode_draft(encode(draft)));
}

}  // namespace
}  // namespace pmx::wire
