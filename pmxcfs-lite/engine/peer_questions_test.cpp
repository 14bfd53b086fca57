#include "engine/peer_questions.h"

#include <gtest/gtest.h>

namespace pmx::engine {
namespace {

constexpr NodeId asked_node{2};
constexpr NodeId other_node{3};
constexpr MonotonicTime late{std::chrono::seconds(100)};

class PeerQuestionsTest : public testing::Test {
  protected:
    std::uint64_t ask(NodeId node, MonotonicTime deadline = late) {
        ports::Members::Done done = [this](Result<std::string> answer) {
            answers_.push_back(answer ? *answer : std::string(code_name(answer.error().code())));
        };
        return questions_.add(node, deadline, done).value();
    }

    void deliver(NodeId sender, std::uint64_t number, const std::string& text) {
        for (const std::string& bytes : answer_messages(NodeId(1), number, text)) {
            questions_.answered(sender,
                                std::get<wire::Answer>(wire::decode_peer_message(bytes).value()));
        }
    }

    PeerQuestions questions_{1000};
    std::vector<std::string> answers_;
};

TEST_F(PeerQuestionsTest, AnAnswerInPiecesIsPutTogether) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, wire::max_answer_piece_bytes,
                                   wire::max_answer_piece_bytes + 1, wire::max_answer_bytes}) {
        const std::string text(size, 'x');
        deliver(asked_node, ask(asked_node), text);
        ASSERT_FALSE(answers_.empty()) << size;
        EXPECT_EQ(answers_.back(), text);
        answers_.clear();
    }
}

TEST_F(PeerQuestionsTest, OnlyWhoWasAskedAnswers) {
    const std::uint64_t number = ask(asked_node);
    deliver(other_node, number, "from somebody else");
    deliver(asked_node, number + 1, "to somebody else");
    EXPECT_TRUE(answers_.empty());
    deliver(asked_node, number, "yes");
    deliver(asked_node, number, "again");
    EXPECT_EQ(answers_, std::vector<std::string>{"yes"});
}

TEST_F(PeerQuestionsTest, WhoLeavesAnswersNoMore) {
    ask(asked_node);
    ask(other_node);
    questions_.only({NodeId(1), other_node});
    EXPECT_EQ(answers_, std::vector<std::string>{"not_found"});
}

TEST_F(PeerQuestionsTest, PatienceEnds) {
    ask(asked_node, late);
    questions_.expire(late - std::chrono::seconds(1));
    EXPECT_TRUE(answers_.empty());
    questions_.expire(late);
    EXPECT_EQ(answers_, std::vector<std::string>{"timed_out"});
}

TEST_F(PeerQuestionsTest, AnAnswerWithoutEndIsGivenUp) {
    const std::uint64_t number = ask(asked_node);
    const std::string piece(wire::max_answer_piece_bytes, 'x');
    for (std::size_t bytes = 0; bytes <= wire::max_answer_bytes; bytes += piece.size())
        questions_.answered(asked_node, {NodeId(1), number, true, piece});
    EXPECT_EQ(answers_, std::vector<std::string>{"protocol_error"});
}

TEST_F(PeerQuestionsTest, SoManyAndNoMore) {
    for (std::size_t i = 0; i < PeerQuestions::max_open; ++i)
        ask(asked_node);
    ports::Members::Done done = [](const Result<std::string>& /*answer*/) {};
    EXPECT_FALSE(questions_.add(asked_node, late, done));
    EXPECT_TRUE(done) << "it is still the caller's to answer";
}

}  // namespace
}  // namespace pmx::engine
