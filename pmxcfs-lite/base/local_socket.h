// Request and answer over a Unix socket: what pmxctl and pmx-notify speak to their daemons.
//
// A connection carries one request and one answer, each a little-endian u32 length and that many
// bytes (JSON, but that is the callers' business). A length of 0xffffffff, without bytes, is the
// server's answer to a caller for whom it has no place. The server knows who calls from the kernel
// (SO_PEERCRED), never from what is sent.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pmx {

struct PeerCredentials {
    uid_t uid = 0;
    gid_t gid = 0;
    pid_t pid = 0;
};

constexpr std::size_t max_local_message_bytes = 16U << 20;

class LocalServer {
  public:
    // Runs on a thread of its own for each connection, so it must be thread-safe; it may wait.
    using Handler = std::function<std::string(const PeerCredentials&, std::string_view request)>;

    struct Options {
        std::string path;                  // replaced when a dead server left it behind
        mode_t mode = 0666;                // of the socket
        gid_t group = 0;                   // of the socket
        std::size_t max_connections = 64;  // more wait in the kernel's backlog
        // Of one user other than root; more are refused, so that nobody can hold all places.
        std::size_t max_connections_of_user = 16;
    };

    // Serves at once. The destructor refuses new callers, waits for handlers, removes the socket.
    static Result<std::unique_ptr<LocalServer>> start(Options options, Handler handler);
    virtual ~LocalServer() = default;
};

// One call; Code::not_found when nobody serves there (no socket, or nobody behind it), Code::busy
// when the server has no place for this user, or no thread.
Result<std::string> local_call(const std::string& path, std::string_view request,
                               std::chrono::milliseconds timeout);

}  // namespace pmx
