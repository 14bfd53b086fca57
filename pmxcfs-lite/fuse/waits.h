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
    // Has `reply` answer the request, or hold it again; nothing when it has been answered already.
    void answer(Ticket ticket, const std::function<void(fuse_req_t)>& reply);
    // Answers what is held, and all that comes later, with EIO. Once it returns, no reply is on its
    // way on another thread: the session may go.
    void stop();

  private:
    static void on_interrupt(fuse_req_t request, void* self);
    void answer_soon(Ticket ticket);
    fuse_req_t take(Ticket ticket);

    Timer& timer_;
    std::mutex mutex_;
    std::unordered_map<Ticket, fuse_req_t> held_;
    std::unordered_map<fuse_req_t, Ticket> tickets_;
    Ticket next_ = 1;
    unsigned replying_ = 0;  // threads inside answer()
    std::condition_variable replied_;
    bool stopped_ = false;
};

}  // namespace pmx::fuse
