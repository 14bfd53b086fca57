// What the daemon of one node asks another outside the log: requests of an administrator that only
// the other one can answer.
//
//   QUESTION := u8 version, u8 64, to, u64 number, string request
//   ANSWER   := u8 version, u8 65, to, u64 number, u8 more, string piece
//
// `number` pairs the two. The pieces of an answer follow one another, as the group keeps a sender's
// messages in order; `more` is 0 in the last one. Types below 64 are wire/message.h's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/ids.h"
#include "base/result.h"

namespace pmx::wire {

inline constexpr std::size_t max_question_bytes = 64U << 10;
inline constexpr std::size_t max_answer_piece_bytes = 64U << 10;
// Of all pieces together: what the ring carries beside saves without anybody noticing.
inline constexpr std::size_t max_answer_bytes = 1U << 20;

struct Question {
    NodeId to;
    std::uint64_t number = 0;
    std::string request;
    friend bool operator==(const Question&, const Question&) = default;
};

struct Answer {
    NodeId to;
    std::uint64_t number = 0;
    bool more = false;
    std::string piece;
    friend bool operator==(const Answer&, const Answer&) = default;
};

using PeerMessage = std::variant<Question, Answer>;

// Whether these bytes are for decode_peer_message, and not for decode_message.
bool is_peer_message(std::string_view bytes);

std::string encode(const PeerMessage& message);
// Code::protocol_error whatever is wrong with the bytes; of a version not spoken here, too.
Result<PeerMessage> decode_peer_message(std::string_view bytes);

}  // namespace pmx::wire
