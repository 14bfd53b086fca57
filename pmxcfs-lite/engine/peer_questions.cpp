#include "engine/peer_questions.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace pmx::engine {

std::optional<std::uint64_t> PeerQuestions::add(NodeId to, MonotonicTime deadline,
                                                ports::Members::Done& done) {
    if (open_.size() >= max_open) return std::nullopt;
    const std::uint64_t number = next_number_++;
    open_[number] = {to, deadline, {}, std::move(done)};
    return number;
}

void PeerQuestions::answered(NodeId sender, const wire::Answer& answer) {
    const auto found = open_.find(answer.number);
    if (found == open_.end() || found->second.to != sender) return;
    Open& open = found->second;
    open.text += answer.piece;
    const bool too_long = open.text.size() > wire::max_answer_bytes;
    if (answer.more && !too_long) return;
    Open ended = std::move(open);
    open_.erase(found);
    if (too_long) {
        ended.done(fail(Code::protocol_error, "the answer of the other node has no end"));
    } else {
        ended.done(std::move(ended.text));
    }
}

template <typename Condition>
void PeerQuestions::end_where(const Condition& condition, const Error& error) {
    for (auto open = open_.begin(); open != open_.end();) {
        if (!condition(open->second)) {
            ++open;
            continue;
        }
        const ports::Members::Done done = std::move(open->second.done);
        open = open_.erase(open);
        done(fail(error));
    }
}

void PeerQuestions::only(const std::vector<NodeId>& members) {
    end_where(
        [&](const Open& open) {
            return !std::binary_search(members.begin(), members.end(), open.to);
        },
        Error(Code::not_found, "the other node has left"));
}

void PeerQuestions::expire(MonotonicTime now) {
    end_where([&](const Open& open) { return open.deadline <= now; },
              Error(Code::timed_out, "the other node does not answer"));
}

void PeerQuestions::end_all(Code reason) {
    end_where([](const Open& /*open*/) { return true; }, Error(reason));
}

std::vector<std::string> answer_messages(NodeId to, std::uint64_t number, std::string_view text) {
    PMX_CHECK(text.size() <= wire::max_answer_bytes, "an answer over its limit");
    std::vector<std::string> messages;
    do {
        const std::string_view piece = text.substr(0, wire::max_answer_piece_bytes);
        text.remove_prefix(piece.size());
        messages.push_back(
            wire::encode(wire::Answer{to, number, !text.empty(), std::string(piece)}));
    } while (!text.empty());
    return messages;
}

}  // namespace pmx::engine
