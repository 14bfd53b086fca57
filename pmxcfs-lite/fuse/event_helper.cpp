#include "fuse/event_helper.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <csignal>
#include <cstring>
#include <new>
#include <string_view>

#include "base/log.h"

namespace pmx::fuse {
namespace {

// What a message begins with; the mountpoint and the path follow, each with a zero behind it. The
// answer is the outcome.
struct Header {
    std::uint64_t device;
    NodeIdValue node;
};
constexpr std::size_t max_message_bytes = sizeof(Header) + std::size_t{2} * PATH_MAX;
constexpr int helper_end_wait_ms = 1'000;

// From here to serve_events(): in a fork of a process that may have threads. System calls only.

std::optional<struct statx> look_at(int directory, const char* path, int flags) {
    struct statx found {};
    constexpr unsigned wanted = STATX_TYPE | STATX_SIZE;
    if (::statx(directory, path, flags | AT_STATX_DONT_SYNC, wanted, &found) != 0) return {};
    return found;
}

std::uint64_t device_of(const struct statx& found) {
    return makedev(found.stx_dev_major, found.stx_dev_minor);
}

// Without a lookup, whose answer the kernel would take for what everybody may see: a program that
// has not saved yet would look for the end of its file in the wrong place. What the kernel does not
// know has no such program.
UniqueFd open_known(NodeIdValue node) {
    // As the kernel makes the handles of FUSE's inodes, of which each number is given once.
    constexpr int inode_and_generation = 0x81;
    const std::array<std::uint32_t, 3> words{static_cast<std::uint32_t>(node >> 32U),
                                             static_cast<std::uint32_t>(node), 0};
    alignas(file_handle) std::array<char, sizeof(file_handle) + sizeof words> bytes{};
    auto* handle = ::new (bytes.data()) file_handle{};
    handle->handle_bytes = sizeof words;
    handle->handle_type = inode_and_generation;
    std::memcpy(bytes.data() + sizeof(file_handle), words.data(), sizeof words);
    return UniqueFd(::open_by_handle_at(AT_FDCWD, handle, O_PATH | O_CLOEXEC));
}

EventHelper::Outcome truncate_to_its_size(int descriptor) {
    using Outcome = EventHelper::Outcome;
    const auto found = look_at(descriptor, "", AT_EMPTY_PATH);
    if (!found || !S_ISREG(found->stx_mode)) return Outcome::failed;
    // Opening it for that would raise more events.
    constexpr std::string_view links = "/proc/self/fd/";
    std::array<char, links.size() + 16> link{};
    std::memcpy(link.data(), links.data(), links.size());
    std::to_chars(link.data() + links.size(), link.data() + link.size() - 1, descriptor);
    if (::truncate(link.data(), static_cast<off_t>(found->stx_size)) == 0) return Outcome::raised;
    return errno == EAGAIN ? Outcome::busy : Outcome::failed;
}

bool is_on(std::uint64_t device, int descriptor) {
    const auto found = look_at(descriptor, "", AT_EMPTY_PATH);
    return found && device_of(*found) == device;
}

EventHelper::Outcome raise_event(const Header& header, const char* mountpoint, const char* path) {
    constexpr auto failed = EventHelper::Outcome::failed;
    const UniqueFd root(::open(mountpoint, O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root || !is_on(header.device, root.get()) || ::fchdir(root.get()) != 0) return failed;
    UniqueFd file = open_known(header.node);
    if (!file) file = UniqueFd(::open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC));
    // Who stays there keeps the mount from being unmounted.
    if (::chdir("/") != 0) ::_exit(1);
    if (!file || !is_on(header.device, file.get())) return failed;
    return truncate_to_its_size(file.get());
}

[[noreturn]] void serve_events(int socket) {
    // It ends with the daemon, not with what ends the daemon.
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
    ::prctl(PR_SET_NAME, "pmx-events");
    if (socket != 0 && ::dup2(socket, 0) != 0) ::_exit(1);
    if (::syscall(SYS_close_range, 1U, ~0U, 0U) != 0 || ::chdir("/") != 0) ::_exit(1);
    std::array<char, max_message_bytes> message{};
    for (;;) {
        const ssize_t got = ::recv(0, message.data(), message.size(), 0);
        Header header{};
        if (got <= static_cast<ssize_t>(sizeof header)) ::_exit(0);
        std::memcpy(&header, message.data(), sizeof header);
        const char* mountpoint = message.data() + sizeof header;
        const char* path = mountpoint + std::strlen(mountpoint) + 1;
        const EventHelper::Outcome outcome = raise_event(header, mountpoint, path);
        if (::send(0, &outcome, sizeof outcome, MSG_NOSIGNAL) != sizeof outcome) ::_exit(0);
    }
}

bool has_ended(pid_t process) {
    return ::waitpid(process, nullptr, WNOHANG) != 0;
}

bool ends_soon(pid_t process) {
    const UniqueFd handle(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
    pollfd ended{handle.get(), POLLIN, 0};
    if (handle) ::poll(&ended, 1, helper_end_wait_ms);
    return has_ended(process);
}

}  // namespace

std::optional<std::uint64_t> device_of(const char* path) {
    const auto found = look_at(AT_FDCWD, path, 0);
    if (!found) return std::nullopt;
    return device_of(*found);
}

EventHelper::EventHelper() {
    std::array<int, 2> sockets{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets.data()) == 0) {
        socket_ = UniqueFd(sockets[0]);
        const UniqueFd theirs(sockets[1]);
        process_ = ::fork();
        if (process_ == 0) serve_events(theirs.get());
    }
    if (process_ < 0) {
        log::warning(
            "watchers of files (inotify) hear of a save only before it can be read: "
            "no process can be started");
    }
}

EventHelper::~EventHelper() {
    socket_.reset();
    if (process_ < 0 || ends_soon(process_)) return;
    ::kill(process_, SIGKILL);
    if (!ends_soon(process_)) log::warning("the process that raises inotify's events hangs");
}

EventHelper::Outcome EventHelper::raise(const std::string& mountpoint, std::uint64_t device,
                                        const File& file) {
    if (process_ < 0) return Outcome::ended;
    // The kernel finds no path that is longer.
    const std::string path = file.path.size() < PATH_MAX ? file.path : std::string();
    if (mountpoint.size() >= PATH_MAX) return Outcome::failed;
    const Header header{device, file.node};
    std::string message(sizeof header, '\0');
    std::memcpy(message.data(), &header, sizeof header);
    message += mountpoint;
    message += '\0';
    message += path;
    message += '\0';
    if (::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL) < 0) {
        return Outcome::ended;
    }
    Outcome outcome{};
    ssize_t got = 0;
    do {
        got = ::recv(socket_.get(), &outcome, sizeof outcome, 0);
    } while (got < 0 && errno == EINTR);
    return got == sizeof outcome ? outcome : Outcome::ended;
}

void EventHelper::interrupt() {
    if (socket_) ::shutdown(socket_.get(), SHUT_RDWR);
}

}  // namespace pmx::fuse
