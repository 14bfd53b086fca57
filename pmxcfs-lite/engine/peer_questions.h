// What other daemons were asked, until their answers are whole. The loop thread's own.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "ports/members.h"
#include "wire/peer_message.h"

namespace pmx::engine {

class PeerQuestions {
  public:
    static constexpr std::size_t max_open = 64;

    // Numbers begin here: an answer to an earlier daemon of this node must not match.
    explicit PeerQuestions(std::uint64_t first_number) : next_number_(first_number) {}

    // The number to ask with; nothing when too many are open, and `done` was not taken.
    std::optional<std::uint64_t> add(NodeId to, MonotonicTime deadline, ports::Members::Done& done);
    void answered(NodeId sender, const wire::Answer& answer);
    // Answers not_found for those who are not among them; sorted.
    void only(const std::vector<NodeId>& members);
    void expire(MonotonicTime now);
    void end_all(Code reason);

  private:
    struct Open {
        NodeId to;
        MonotonicTime deadline;
        std::string text;
        ports::Members::Done done;
    };
    template <typename Condition>
    void end_where(const Condition& condition, const Error& error);

    std::map<std::uint64_t, Open> open_;
    std::uint64_t next_number_;
};

// An answer as the messages that carry it.
std::vector<std::string> answer_messages(NodeId to, std::uint64_t number, std::string_view text);

}  // namespace pmx::engine
