#include "base/local_socket.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <map>
#include <mutex>
#include <thread>

#include "base/bytes.h"
#include "base/check.h"
#include "base/log.h"
#include "base/start_thread.h"
#include "base/unique_fd.h"

namespace pmx {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

// A client that sends slower than this holds a place no longer.
constexpr milliseconds request_timeout{10'000};

// How long accepting rests after it failed.
constexpr int accept_pause_ms = 100;

// How long a server that starts waits to hear whether another one is there.
constexpr milliseconds probe_timeout{500};

// In place of a length: the caller is refused.
constexpr std::uint32_t no_place = 0xffffffff;
static_assert(no_place > max_local_message_bytes);

Result<sockaddr_un> address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path)) {
        return fail(Code::name_too_long, "socket path " + path + " is longer than " +
                                             std::to_string(sizeof(address.sun_path) - 1) +
                                             " bytes");
    }
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return address;
}

Result<void> wait_for(int fd, short events, SteadyClock::time_point deadline) {
    for (;;) {
        const auto left = std::chrono::ceil<milliseconds>(deadline - SteadyClock::now());
        if (left.count() <= 0) return fail(Code::timed_out, "no answer in time");
        pollfd poll_fd{fd, events, 0};
        const int ready = ::poll(&poll_fd, 1, static_cast<int>(left.count()));
        if (ready > 0) return {};
        if (ready < 0 && errno != EINTR) return fail_errno(errno, "poll");
    }
}

Result<void> send_all(int fd, std::string_view bytes, SteadyClock::time_point deadline) {
    while (!bytes.empty()) {
        const ssize_t put = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (put > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(put));
        } else if (errno == EAGAIN) {
            if (auto ready = wait_for(fd, POLLOUT, deadline); !ready) return ready;
        } else if (errno != EINTR) {
            return fail_errno(errno, "cannot send");
        }
    }
    return {};
}

Result<std::string> receive_exactly(int fd, std::size_t size, SteadyClock::time_point deadline) {
    std::string bytes;
    while (bytes.size() < size) {
        // Memory grows with what has arrived, not with what a length field claims.
        char chunk[65536];
        const std::size_t want = std::min(sizeof(chunk), size - bytes.size());
        const ssize_t got = ::recv(fd, chunk, want, MSG_DONTWAIT);
        if (got > 0) {
            bytes.append(chunk, static_cast<std::size_t>(got));
        } else if (got == 0) {
            return fail(Code::protocol_error, "connection closed in the middle of a message");
        } else if (errno == EAGAIN) {
            if (auto ready = wait_for(fd, POLLIN, deadline); !ready) return fail(ready.error());
        } else if (errno != EINTR) {
            return fail_errno(errno, "cannot receive");
        }
    }
    return bytes;
}

Result<void> send_message(int fd, std::string_view message, SteadyClock::time_point deadline) {
    if (message.size() > max_local_message_bytes) {
        return fail(Code::file_too_large, "message is longer than 16 MiB");
    }
    ByteWriter frame;
    frame.string(message);
    return send_all(fd, frame.bytes(), deadline);
}

// Fits into any socket's buffer, so it does not wait.
void refuse(int fd) {
    ByteWriter frame;
    frame.u32(no_place);
    [[maybe_unused]] const ssize_t put =
        ::send(fd, frame.bytes().data(), frame.bytes().size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

Result<std::string> receive_message(int fd, SteadyClock::time_point deadline) {
    auto head = receive_exactly(fd, 4, deadline);
    if (!head) return head;
    const std::uint32_t size = ByteReader(*head).u32();
    if (size == no_place) {
        return fail(Code::busy,
                    "too many calls of this user are open, or there is no thread for another");
    }
    if (size > max_local_message_bytes) {
        return fail(Code::protocol_error, "message is longer than 16 MiB");
    }
    return receive_exactly(fd, size, deadline);
}

class Server final : public LocalServer {
  public:
    Server(Options options, Handler handler, UniqueFd listener)
        : options_(std::move(options)),
          handler_(std::move(handler)),
          listener_(std::move(listener)),
          stop_event_(::eventfd(0, EFD_CLOEXEC)),
          acceptor_([this] { accept_connections(); }) {}

    ~Server() override {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
            for (const auto& [fd, uid] : open_)
                ::shutdown(fd, SHUT_RD);
        }
        changed_.notify_all();
        const std::uint64_t one = 1;
        [[maybe_unused]] ssize_t put = ::write(stop_event_.get(), &one, sizeof(one));
        acceptor_.join();
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return open_.empty(); });
        ::unlink(options_.path.c_str());
    }

  private:
    void accept_connections() {
        while (wait_for_place()) {
            pollfd poll_fds[] = {{listener_.get(), POLLIN, 0}, {stop_event_.get(), POLLIN, 0}};
            if (::poll(poll_fds, 2, -1) < 0 && errno != EINTR) return;
            if (poll_fds[1].revents != 0) return;
            UniqueFd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            if (!connection) {
                // Out of descriptors, most likely: the caller stays in the backlog meanwhile.
                if (errno != EAGAIN && errno != EINTR) ::poll(&poll_fds[1], 1, accept_pause_ms);
                continue;
            }
            ucred peer{};
            socklen_t size = sizeof(peer);
            if (::getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
                continue;
            serve_on_thread(std::move(connection), {peer.uid, peer.gid, peer.pid});
        }
    }

    bool wait_for_place() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock,
                      [this] { return stopping_ || open_.size() < options_.max_connections; });
        return !stopping_;
    }

    bool has_place_for(uid_t uid) const {
        if (uid == 0) return true;
        const auto own = std::count_if(open_.begin(), open_.end(),
                                       [uid](const auto& each) { return each.second == uid; });
        return static_cast<std::size_t>(own) < options_.max_connections_of_user;
    }

    void serve_on_thread(UniqueFd connection, const PeerCredentials& peer) {
        const std::lock_guard lock(mutex_);
        if (stopping_) return;
        if (!has_place_for(peer.uid)) return refuse(connection.get());
        const int fd = connection.get();
        open_.emplace(fd, peer.uid);
        auto started = start_detached([this, fd, peer] {
            serve(fd, peer);
            const std::lock_guard done_lock(mutex_);
            ::close(fd);
            open_.erase(fd);
            changed_.notify_all();
        });
        if (started) {
            [[maybe_unused]] const int owned_by_thread = connection.release();
            return;
        }
        log::error("a caller on " + options_.path + " is refused: " + started.error().message());
        open_.erase(fd);
        refuse(fd);
    }

    void serve(int fd, const PeerCredentials& peer) {
        auto request = receive_message(fd, SteadyClock::now() + request_timeout);
        if (!request) {
            log::debug("request on " + options_.path + " dropped: " + request.error().message());
            return;
        }
        const std::string answer = handler_(peer, *request);
        auto sent = send_message(fd, answer, SteadyClock::now() + request_timeout);
        if (!sent) log::debug("answer on " + options_.path + " lost: " + sent.error().message());
    }

    const Options options_;
    const Handler handler_;
    const UniqueFd listener_;
    const UniqueFd stop_event_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<int, uid_t> open_;  // connections being served, and whose they are
    bool stopping_ = false;
    std::thread acceptor_;  // last: it uses all of the above
};

// Where the server is there, but its backlog stays full, Code::timed_out.
Result<UniqueFd> connect_to(const std::string& path, SteadyClock::time_point deadline) {
    auto address = address_of(path);
    if (!address) return fail(address.error());
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd) return fail_errno(errno, "cannot create a socket");
    for (;;) {
        const auto left = std::chrono::ceil<milliseconds>(deadline - SteadyClock::now()).count();
        if (left <= 0) return fail(Code::timed_out, path + " takes no more callers");
        // How long connect() waits for room in the backlog; 0 would be for ever.
        const timeval patience{left / 1000, left % 1000 * 1000};
        ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
        if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof(*address)) ==
            0) {
            return fd;
        }
        if (errno == EINTR || errno == EAGAIN) continue;
        const int error_number = errno == ECONNREFUSED ? ENOENT : errno;
        return fail_errno(error_number, "cannot connect to " + path);
    }
}

}  // namespace

Result<std::unique_ptr<LocalServer>> LocalServer::start(Options options, Handler handler) {
    auto address = address_of(options.path);
    if (!address) return fail(address.error());
    const auto other = connect_to(options.path, SteadyClock::now() + probe_timeout);
    if (other || other.error().code() == Code::timed_out) {
        return fail(Code::already_exists, "another daemon already serves " + options.path);
    }
    ::unlink(options.path.c_str());
    UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!listener) return fail_errno(errno, "cannot create a socket");
    // Nobody can connect before listen(), so mode and group are right from the first caller on.
    if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof(*address)) !=
            0 ||
        ::chown(options.path.c_str(), static_cast<uid_t>(-1), options.group) != 0 ||
        ::chmod(options.path.c_str(), options.mode) != 0 || ::listen(listener.get(), 128) != 0) {
        return fail_errno(errno, "cannot serve on " + options.path);
    }
    return std::make_unique<Server>(std::move(options), std::move(handler), std::move(listener));
}

Result<std::string> local_call(const std::string& path, std::string_view request,
                               milliseconds timeout) {
    const auto deadline = SteadyClock::now() + timeout;
    auto fd = connect_to(path, deadline);
    if (!fd) return fail(fd.error());
    auto sent = send_message(fd->get(), request, deadline);
    // A server that refuses the caller closes without reading what it asks.
    const bool is_cut_off = !sent && (sent.error().error_number() == EPIPE ||
                                      sent.error().error_number() == ECONNRESET);
    if (!sent && !is_cut_off) return fail(sent.error());
    auto answer = receive_message(fd->get(), deadline);
    if (sent || (!answer && answer.error().code() == Code::busy)) return answer;
    return fail(sent.error());
}

}  // namespace pmx
