// Two daemons that can ask each other, without a group between them.
#pragma once

#include <deque>

#include "ports/members.h"

namespace pmx::control {

class MembersForTests final : public ports::Members {
  public:
    // Nobody answers; the question is kept.
    bool hold = false;
    std::deque<std::string> asked;

    void connect(NodeId node, MembersForTests& other) {
        other_id_ = node;
        other_ = &other;
    }

    void ask(NodeId node, std::string request, std::chrono::milliseconds /*timeout*/,
             Done done) override {
        asked.push_back(request);
        if (hold) return;
        if (other_ == nullptr || node != other_id_ || !other_->answerer_) {
            return done(fail(Code::not_found, "its daemon is not in the group"));
        }
        other_->answerer_(std::move(request), std::move(done));
    }

    void answer_with(Answerer answerer) override { answerer_ = std::move(answerer); }

  private:
    NodeId other_id_;
    MembersForTests* other_ = nullptr;
    Answerer answerer_;
};

}  // namespace pmx::control
