#include "wire/message.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "wire/draft.h"

namespace pmx::wire {
namespace {

const View some_view{{1, {}}, 9, NodeId(3)};
const RequestId some_request{NodeId(1), Boot(77), 12};

std::vector<Message> one_of_each() {
    Hello hello;
    hello.cluster.bytes[3] = 1;
    hello.disk.bytes[15] = 2;
    hello.round = 6;
    hello.last_view = some_view;
    hello.last_index = LogIndex(100);
    hello.chain[0] = 9;
    hello.committed = LogIndex(99);
    hello.node_name = "one";
    hello.seen.push_back({NodeId(2), hello.disk, Boot(5), some_view, some_view, LogIndex(7)});
    ViewProposal proposal{hello.cluster, some_view, LogIndex(100), hello.chain,
                          LogIndex(99),  true,      "voters"};
    Body body{some_request, 1, 3, sha256("all"), std::string(1000, 'b')};
    Append append{LogIndex(101), {{some_request, std::nullopt}, {RequestId(), "draft"}}};
    Durable durable{hello.disk, LogIndex(100), hello.chain};
    return {{some_view, hello},
            {some_view, proposal},
            {some_view, Accept{hello.disk}},
            {some_view, body},
            {some_view, append},
            {some_view, durable},
            {some_view, Fetch{NodeId(1), 4, FetchEntries{LogIndex(9), hello.chain, 100}}},
            {some_view, Fetch{NodeId(1), 5, FetchOutline{LogIndex(9), 100}}},
            {some_view, Fetch{NodeId(1), 6, FetchNodes{LogIndex(9), 1, {Inode(1), Inode(512)}}}},
            {some_view,
             Piece{NodeId(2), 4, EntriesPiece{LogIndex(10), 100, LogIndex(12), LogIndex(9), "e"}}},
            {some_view, Piece{NodeId(2), 5, OutlinePiece{LogIndex(9), 100, 200, "o"}}},
            {some_view, Piece{NodeId(2), 6, NodesPiece{LogIndex(9), 1, "n"}}},
            {some_view, Piece{NodeId(2), 6, FetchRefusal::busy}},
            {some_view, Digest{hello.disk, LogIndex(9), sha256("tree")}}};
}

TEST(Message, ComesBackAsItWas) {
    for (const Message& message : one_of_each()) {
        const Result<Message> back = decode_message(encode(message));
        ASSERT_TRUE(back) << message.payload.index();
        EXPECT_EQ(*back, message);
    }
}

TEST(Message, IsRefusedWhenCutShortOrTooLong) {
    for (const Message& message : one_of_each()) {
        const std::string bytes = encode(message);
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            EXPECT_FALSE(decode_message(bytes.substr(0, size))) << message.payload.index();
        }
        EXPECT_FALSE(decode_message(bytes + "x"));
    }
}

TEST(Message, IsRefusedWithAnotherVersionOrAnUnknownType) {
    std::string bytes = encode(one_of_each().front());
    bytes[0] = 2;
    EXPECT_EQ(decode_message(bytes).error().code(), Code::protocol_error);
    bytes[0] = 1;
    for (const char type : {'\0', '\x0a', '\xff'}) {
        bytes[1] = type;
        EXPECT_FALSE(decode_message(bytes));
    }
}

TEST(Message, OfAnotherVersionStillSaysWhoItsSenderIs) {
    std::string bytes = encode(one_of_each().front());
    bytes[0] = 9;
    const auto sender = introduction(bytes + "what version 9 adds");
    ASSERT_TRUE(sender);
    EXPECT_EQ(sender->node_name, "one");
    EXPECT_EQ(sender->cluster.bytes[3], 1);
    EXPECT_EQ(sender->highest_version, highest_version);
    EXPECT_FALSE(introduction(encode(one_of_each().back())));
    EXPECT_FALSE(introduction("\x09\x01"));
}

TEST(Message, IsRefusedWithNumbersThatCouldOverflow) {
    Message message = one_of_each().front();
    message.view.number = max_view_number + 1;
    EXPECT_FALSE(decode_message(encode(message)));
    message = one_of_each().front();
    std::get<Hello>(message.payload).round = UINT64_MAX;
    EXPECT_FALSE(decode_message(encode(message)));
}

TEST(Message, IsRefusedWithPartsThatAreNone) {
    for (const auto& [part, parts] : {std::pair{0, 0}, {3, 3}, {0, 100}}) {
        Body body{some_request,
                  static_cast<std::uint32_t>(part),
                  static_cast<std::uint32_t>(parts),
                  {},
                  "x"};
        EXPECT_FALSE(decode_message(encode({some_view, body}))) << part << "/" << parts;
    }
}

TEST(Message, HasRoomForTheLargestDraft) {
    EXPECT_GE(max_body_parts * max_piece_bytes, max_draft_bytes);
}

// What an APPEND of the leader may at most hold: items up to max_piece_bytes, and one more.
TEST(Message, StaysBelowTheLimitOfTheGroup) {
    Append append{LogIndex(1), {}};
    append.items.assign(max_append_items, {some_request, std::nullopt});
    for (std::size_t i = 0; i <= max_piece_bytes / max_inside_bytes; ++i) {
        append.items[i].body = std::string(max_inside_bytes, 'x');
    }
    EXPECT_TRUE(decode_message(encode({some_view, append})));
}

RC_GTEST_PROP(Message, NeverFallsOverBytesThatAreNone, (const std::string& bytes)) {
    std::string message = encode(one_of_each()[bytes.size() % one_of_each().size()]);
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
        message[static_cast<std::uint8_t>(bytes[i]) % message.size()] = bytes[i + 1];
    }
    const Result<Message> decoded = decode_message(message);
    if (decoded) RC_ASSERT(encode(*decoded) == message);
}

}  // namespace
}  // namespace pmx::wire
