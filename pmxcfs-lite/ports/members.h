// Asking the daemon of another node, and answering it: for what each node has of its own and the
// log does not carry.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "base/ids.h"
#include "base/result.h"

namespace pmx::ports {

class Members {
  public:
    // Exactly once, on the loop thread. Must not wait.
    using Done = std::function<void(Result<std::string>)>;
    // At most once, any thread, up to wire::max_answer_bytes. Never called: the asker times out.
    using Reply = std::function<void(std::string)>;
    // On the loop thread. Must not wait: it hands the request on to a thread that may.
    using Answerer = std::function<void(std::string request, Reply reply)>;

    virtual ~Members() = default;

    // Any thread. `request` up to wire::max_question_bytes. Gives not_found when that node's daemon
    // is not in the group or leaves it, timed_out, busy when too many are asked already.
    virtual void ask(NodeId node, std::string request, std::chrono::milliseconds timeout,
                     Done done) = 0;

    // Before one is set, and after an empty one was, questions are not answered. Waits until the
    // one before is not called any more.
    virtual void answer_with(Answerer answerer) = 0;
};

}  // namespace pmx::ports
