#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/bytes.h"
#include "tree/limits.h"
#include "tree/op.h"

namespace pmx::tree {

namespace {

Ref at(std::string path) {
    return {Inode(7), std::move(path)};
}

std::vector<Op> plain_operations() {
    return {
        CreateFile{at("a")},
        WriteFile{at("a/b"),
                  true,
                  {{Edit::Kind::write, 3, "abc"},
                   {Edit::Kind::append, 0, std::string("\0x", 2)},
                   {Edit::Kind::truncate, 9, ""}},
                  wall_from_ns(-1)},
        WriteFile{at(""), false, {}, std::nullopt},
        MakeDirectory{at("d")},
        RemoveFile{at("f")},
        RemoveDirectory{at("g")},
        Rename{at("h"), at("i"), true},
        SetTimes{at("j"), wall_from_ns(INT64_MAX)},
        AppendClusterLog{"pvedaemon", "root@pam", 3, 77, "hello"},
        SetPermissions{at("k"), 0600, true},
        SetPermissions{at("k"), {}, {}},
    };
}

std::vector<Op> all_operations() {
    std::vector<Op> ops = plain_operations();
    const std::vector<Op> steps = ops;
    ops.emplace_back(ExpireLock{Inode(9), LogIndex(10)});
    ops.emplace_back(Transaction{{{at("a"), LogIndex(0)}, {at("b"), LogIndex(5)}}, steps});
    return ops;
}

Transaction of_steps(std::size_t count) {
    return {{}, std::vector<Op>(count, CreateFile{at("x")})};
}

}  // namespace

TEST(OpCodec, EveryOperationComesBack) {
    for (const Op& op : all_operations()) {
        const auto back = decode_op(encode(op));
        ASSERT_TRUE(back) << op.index();
        EXPECT_TRUE(*back == op) << op.index();
    }
}

TEST(OpCodec, ACutOrLongerOperationIsCorrupt) {
    for (const Op& op : all_operations()) {
        const std::string bytes = encode(op);
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            const auto back = decode_op(bytes.substr(0, size));
            ASSERT_FALSE(back) << op.index() << " cut to " << size;
            EXPECT_EQ(back.error().code(), Code::corrupt);
        }
        EXPECT_FALSE(decode_op(bytes + '\0')) << op.index();
    }
}

// What decodes has one encoding: two nodes never differ about the bytes of an entry.
TEST(OpCodec, AChangedByteGivesAnotherOperationOrNone) {
    for (const Op& op : all_operations()) {
        const std::string bytes = encode(op);
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            for (const int flip : {1, 2, 0x80, 0xff}) {
                std::string changed = bytes;
                changed[i] = static_cast<char>(changed[i] ^ flip);
                const auto back = decode_op(changed);
                EXPECT_TRUE(!back || encode(*back) == changed) << op.index() << " byte " << i;
            }
        }
    }
}

TEST(OpCodec, TransactionsDoNotNestOrExpire) {
    EXPECT_TRUE(decode_op(encode(Transaction{})));
    EXPECT_FALSE(decode_op(encode(Transaction{{}, {Transaction{}}})));
    EXPECT_FALSE(decode_op(encode(Transaction{{}, {ExpireLock{}}})));
}

TEST(OpCodec, CountsAndLengthsAreBounded) {
    EXPECT_TRUE(decode_op(encode(of_steps(max_transaction_steps))));
    EXPECT_FALSE(decode_op(encode(of_steps(max_transaction_steps + 1))));
    EXPECT_TRUE(decode_op(encode(CreateFile{at(std::string(max_path_bytes, 'p'))})));
    EXPECT_FALSE(decode_op(encode(CreateFile{at(std::string(max_path_bytes + 1, 'p'))})));
    EXPECT_FALSE(decode_op(encode(AppendClusterLog{std::string(65, 'i'), "", 6, 0, ""})));
    EXPECT_FALSE(decode_op(encode(AppendClusterLog{"", "", 6, 0, std::string(4097, 't')})));
}

TEST(OpCodec, ACountIsNoPromiseOfMemory) {
    ByteWriter writer;
    writer.u8(2);  // write
    writer.u64(1);
    writer.string("f");
    writer.u8(0);
    writer.u8(0);
    writer.u32(0xffffffff);  // edits
    EXPECT_FALSE(decode_op(writer.bytes()));
}

TEST(OpCodec, MeaninglessFieldsAreRefused) {
    EXPECT_FALSE(
        decode_op(encode(WriteFile{at("f"), false, {{Edit::Kind::append, 1, "x"}}, std::nullopt})));
    EXPECT_FALSE(decode_op(
        encode(WriteFile{at("f"), false, {{Edit::Kind::truncate, 1, "x"}}, std::nullopt})));
    EXPECT_FALSE(decode_op(
        encode(WriteFile{at("f"), false, {{static_cast<Edit::Kind>(4), 1, "x"}}, std::nullopt})));
    EXPECT_FALSE(decode_op(""));
    EXPECT_FALSE(decode_op(std::string(1, '\0')));
    EXPECT_FALSE(decode_op(encode(SetPermissions{at("f"), 01000, {}})));
    EXPECT_FALSE(decode_op("\x0c"));
}

}  // namespace pmx::tree
