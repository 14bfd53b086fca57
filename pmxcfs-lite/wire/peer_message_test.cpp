#include "wire/peer_message.h"

#include <gtest/gtest.h>

#include "wire/message.h"

namespace pmx::wire {
namespace {

const Question question{NodeId(3), 7, R"({"request":"rejected"})"};
const Answer answer{NodeId(1), 7, true, "the first piece"};

TEST(PeerMessage, ComesBackAsItWas) {
    for (const PeerMessage& message : {PeerMessage(question), PeerMessage(answer)}) {
        const std::string bytes = encode(message);
        EXPECT_TRUE(is_peer_message(bytes));
        const auto decoded = decode_peer_message(bytes);
        ASSERT_TRUE(decoded) << decoded.error().message();
        EXPECT_EQ(*decoded, message);
    }
}

TEST(PeerMessage, IsToldFromWhatTheLogNeeds) {
    const std::string accept = encode(Message{{}, Accept{}});
    EXPECT_FALSE(is_peer_message(accept));
    EXPECT_FALSE(decode_peer_message(accept));
    EXPECT_FALSE(decode_message(encode(PeerMessage(question))));
    EXPECT_FALSE(is_peer_message(""));
}

TEST(PeerMessage, CutOrLongerOrOfAnotherVersionItIsNone) {
    const std::string bytes = encode(PeerMessage(answer));
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_FALSE(decode_peer_message(std::string_view(bytes).substr(0, size))) << size;
    EXPECT_FALSE(decode_peer_message(bytes + "x"));
    std::string other = bytes;
    other[0] = static_cast<char>(highest_version + 1);
    EXPECT_FALSE(decode_peer_message(other));
}

TEST(PeerMessage, ItsPartsAreBounded) {
    EXPECT_TRUE(decode_peer_message(
        encode(PeerMessage(Question{NodeId(1), 1, std::string(max_question_bytes, 'x')}))));
    EXPECT_FALSE(decode_peer_message(
        encode(PeerMessage(Question{NodeId(1), 1, std::string(max_question_bytes + 1, 'x')}))));
    EXPECT_FALSE(decode_peer_message(encode(
        PeerMessage(Answer{NodeId(1), 1, false, std::string(max_answer_piece_bytes + 1, 'x')}))));
}

}  // namespace
}  // namespace pmx::wire
