#include "wire/peer_message.h"

#include "base/bytes.h"
#include "wire/message.h"

namespace pmx::wire {
namespace {

constexpr std::uint8_t type_question = 64;
constexpr std::uint8_t type_answer = 65;

void put(ByteWriter& out, const Question& question) {
    out.u8(type_question);
    out.id(question.to);
    out.u64(question.number);
    out.string(question.request);
}

void put(ByteWriter& out, const Answer& answer) {
    out.u8(type_answer);
    out.id(answer.to);
    out.u64(answer.number);
    out.u8(answer.more ? 1 : 0);
    out.string(answer.piece);
}

Question get_question(ByteReader& in) {
    Question question;
    question.to = in.node_id();
    question.number = in.u64();
    question.request = in.string(max_question_bytes);
    return question;
}

Answer get_answer(ByteReader& in) {
    Answer answer;
    answer.to = in.node_id();
    answer.number = in.u64();
    const std::uint8_t more = in.u8();
    if (more > 1) in.fail();
    answer.more = more == 1;
    answer.piece = in.string(max_answer_piece_bytes);
    return answer;
}

}  // namespace

bool is_peer_message(std::string_view bytes) {
    if (bytes.size() < 2) return false;
    const auto type = static_cast<std::uint8_t>(bytes[1]);
    return type == type_question || type == type_answer;
}

std::string encode(const PeerMessage& message) {
    ByteWriter out;
    out.u8(highest_version);
    std::visit([&out](const auto& alternative) { put(out, alternative); }, message);
    return out.take();
}

Result<PeerMessage> decode_peer_message(std::string_view bytes) {
    ByteReader in(bytes);
    const std::uint8_t version = in.u8();
    if (version < lowest_version || version > highest_version) {
        return fail(Code::protocol_error, "a message of another version of the protocol");
    }
    PeerMessage message;
    switch (in.u8()) {
        case type_question:
            message = get_question(in);
            break;
        case type_answer:
            message = get_answer(in);
            break;
        default:
            in.fail();
    }
    if (!in.complete()) return fail(Code::protocol_error, "these bytes are no message");
    return message;
}

}  // namespace pmx::wire
