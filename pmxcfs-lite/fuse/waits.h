// The requests that are held: each answered once, by its outcome, an interrupt or the end.
//
// The kernel passes on every signal of a waiting process, and the process cannot be killed until
// its request is answered. So an interrupted request gets a little longer, which is enough for any
// healthy commit (a stray SIGCHLD must not make a mkdir fail that succeeds), and then EINTR.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <unordered_map>

#include "fuse/fuse_api.h"
#include "fuse/timer.h"

namespace pmx::fuse {

class Waits {
  public:
    using Ticket = std::uint64_t;
    static constexpr std::chrono::milliseconds interrupt_grace{500};

    explicit Waits(Timer& timer) : timer_(timer) {}

    // From here on only answer() gives the request back. After stop() it is answered at once.
    Ticket hold(fuse_req_t request);
    // The same for what may wait forever: an interrupt ends it at once, and `given_up` is called
    // after that.
    Ticket hold_interruptibly(fuse_req_t request, std::function<void()> given_up);
    // Has `reply` answer the request, or hold it again; nothing, and false, when it has been
    // answered already.
    bool answer(Ticket ticket, const std::function<void(fuse_req_t)>& reply);
    // Answers what is held, and all that comes later, with EIO. Once it returns, no reply is on its
    // way on another thread: the session may go.
    void stop();

  private:
    struct Held {
        fuse_req_t request;
        std::chrono::milliseconds grace;
        std::function<void()> given_up;  // may be empty
    };
    static void on_interrupt(fuse_req_t request, void* self);
    Ticket hold(Held held);
    void answer_soon(Ticket ticket);
    void give_up(Ticket ticket);
    bool take(Ticket ticket, Held& held);

    Timer& timer_;
    std::mutex mutex_;
    std::unordered_map<Ticket, Held> held_;
    std::unordered_map<fuse_req_t, Ticket> tickets_;
    Ticket next_ = 1;
    unsigned replying_ = 0;  // threads inside answer()
    std::condition_variable replied_;
    bool stopped_ = false;
};

}  // namespace pmx::fuse
