// What daemons ask each other outside the log.
#include <algorithm>
#include <memory>
#include <utility>

#include "base/check.h"
#include "engine/engine.h"

namespace pmx::engine {

void Engine::ask(NodeId node, std::string request, std::chrono::milliseconds timeout, Done done) {
    PMX_CHECK(request.size() <= wire::max_question_bytes, "a question over its limit");
    // The task owns the completion, unless the queue is closed and it never runs.
    auto shared_done = std::make_shared<Done>(std::move(done));
    auto task = [this, node, timeout, request = std::move(request), shared_done]() mutable {
        const std::vector<NodeId> members = membership_.current().configuration.members;
        if (!std::binary_search(members.begin(), members.end(), node)) {
            return (*shared_done)(fail(Code::not_found, "its daemon is not in the group"));
        }
        const auto number = questions_.add(node, clock_.monotonic() + timeout, *shared_done);
        if (!number) return (*shared_done)(fail(Code::busy, "too much is asked already"));
        multicast({wire::encode(wire::Question{node, *number, std::move(request)})});
    };
    if (!tasks_.post(std::move(task))) (*shared_done)(fail(Code::shutting_down));
}

void Engine::answer_with(Answerer answerer) {
    ask_loop<bool>(
        [this, answerer = std::move(answerer)] {
            answerer_ = answerer;
            return true;
        },
        options_.write_timeout);
}

void Engine::heard(NodeId sender, wire::PeerMessage message) {
    if (const auto* answer = std::get_if<wire::Answer>(&message)) {
        if (answer->to == identity_.node) questions_.answered(sender, *answer);
        return;
    }
    auto& question = std::get<wire::Question>(message);
    if (question.to != identity_.node || !answerer_) return;
    auto reply = [this, sender, number = question.number](std::string text) {
        tasks_.post([this, sender, number, text = std::move(text)] {
            multicast(answer_messages(sender, number, text));
        });
    };
    answerer_(std::move(question.request), std::move(reply));
}

}  // namespace pmx::engine
