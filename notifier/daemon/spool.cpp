#include "notifier/daemon/spool.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "base/json_nesting.h"
#include "base/log.h"
#include "base/random.h"
#include "base/unique_fd.h"
#include "notifier/daemon/local_users.h"

namespace pmx::notifier {
namespace {

using nlohmann::json;

// Dot files are still being written, for this long at most: then nobody finishes them any more.
constexpr std::int64_t unfinished_s = 3600;

bool is_abandoned(int directory_fd, const std::string& name, std::int64_t now_s) {
    struct stat status {};
    return ::fstatat(directory_fd, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           status.st_ctim.tv_sec + unfinished_s < now_s;
}

// Names in the order in which they were spooled, as far as names tell: they begin with the time.
Result<std::vector<std::string>> names_in(int directory_fd, std::int64_t now_s) {
    UniqueFd listing(::openat(directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!listing) return fail_errno(errno, "cannot list the spool");
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::fdopendir(listing.get()), ::closedir);
    if (!directory) return fail_errno(errno, "cannot list the spool");
    [[maybe_unused]] const int owned = listing.release();
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(directory.get())) {
        const std::string name = entry->d_name;
        if (name == "." || name == "..") continue;
        if (!name.starts_with('.') || is_abandoned(directory_fd, name, now_s)) {
            names.push_back(name);
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

// The deepest is an event: request, event, fields.
constexpr std::size_t max_file_nesting = 8;

// What may be mended: the file is kept and tried again.
bool is_passing(Code code) {
    return code == Code::no_space || code == Code::busy || code == Code::io_error;
}

void remove(int directory_fd, const std::string& name) {
    if (::unlinkat(directory_fd, name.c_str(), 0) != 0) {
        log::error(Error::from_errno(errno, "cannot remove spooled " + name).message());
    }
}

std::string random_id() {
    return to_hex(random_disk_id());
}

std::optional<std::string> act_as_of(const json& request) {
    const auto found = request.find("as");
    if (found == request.end() || !found->is_string()) return std::nullopt;
    return found->get<std::string>();
}

}  // namespace

struct Spool::File {
    struct stat status {};
    EventRequest request;  // as far as it could be read
    std::string caller;
};

Result<void> prepare_spool(const std::string& directory) {
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
        return fail_errno(errno, "cannot create " + directory);
    }
    const UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) return fail_errno(errno, "cannot open " + directory);
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) return fail_errno(errno, "cannot stat " + directory);
    if (status.st_uid != ::geteuid()) {
        return fail(Code::access_denied, directory + " belongs to somebody else");
    }
    if (::fchmod(fd.get(), 01733) != 0) return fail_errno(errno, "cannot chmod " + directory);
    return {};
}

void Spool::drain() {
    seen_.clear();
    refused_.clear();
    const UniqueFd directory_fd(
        ::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!directory_fd) {
        log::error(Error::from_errno(errno, "cannot open " + directory_).message());
        return;
    }
    auto names = names_in(directory_fd.get(), dispatcher_.now_s());
    if (!names) {
        log::error(names.error().message());
        return;
    }
    for (const std::string& name : *names)
        take(directory_fd.get(), name);
}

void Spool::take(int directory_fd, const std::string& name) {
    if (name.starts_with('.')) {
        log::warning("spooled " + name + " was never finished and is removed");
        remove(directory_fd, name);
        return;
    }
    File file;
    auto text = read(directory_fd, name, file);
    Result<void> accepted = text ? accept(*text, file) : fail(text.error());
    if (!accepted && is_passing(accepted.error().code())) {
        log::error("spooled " + name + " stays for later: " + accepted.error().message());
        return;
    }
    const bool is_directory = S_ISDIR(file.status.st_mode);
    // One that is not empty stays: it must not be told of again with each drain.
    if (is_directory && ::unlinkat(directory_fd, name.c_str(), AT_REMOVEDIR) != 0) return;
    if (!accepted) refuse(file, accepted.error().while_doing("spooled " + name));
    if (!is_directory) remove(directory_fd, name);
}

Result<std::string> Spool::read(int directory_fd, const std::string& name, File& file) {
    // Without following it, to know whose it is even where it is no file.
    if (::fstatat(directory_fd, name.c_str(), &file.status, AT_SYMLINK_NOFOLLOW) != 0) {
        return fail_errno(errno, "cannot stat it");
    }
    const UniqueFd fd(
        ::openat(directory_fd, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd) return fail(Code::invalid_argument, "it is not a regular file");
    if (::fstat(fd.get(), &file.status) != 0) return fail_errno(errno, "cannot stat it");
    if (!S_ISREG(file.status.st_mode)) {
        return fail(Code::invalid_argument, "it is not a regular file");
    }
    if (file.status.st_nlink != 1) {
        return fail(Code::invalid_argument, "it has more than one name");
    }
    if (++seen_[file.status.st_uid] > max_spooled_files) {
        return fail(Code::invalid_argument, "the user spooled more than 100 events");
    }
    auto text = read_all(fd.get(), max_spooled_bytes, name);
    if (!text && text.error().code() == Code::file_too_large) {
        return fail(Code::invalid_argument, "it is larger than 1 MiB");
    }
    return text;
}

Result<void> Spool::accept(const std::string& text, File& file) {
    if (json_nests_deeper_than(text, max_file_nesting)) {
        return fail(Code::invalid_argument, "it nests too deep");
    }
    const json request = json::parse(text, nullptr, false);
    if (!request.is_object() || !request.contains("event")) {
        return fail(Code::invalid_argument, "it holds no event");
    }
    auto event = parse_event_request(compact_text(request["event"]));
    if (!event) return fail(event.error());
    file.request = std::move(*event);
    const auto act_as = act_as_of(request);
    auto identity = identify(file.status.st_uid, act_as);
    if (!identity) return fail(identity.error());
    file.caller = schema::to_string(identity->caller);
    auto sent = dispatcher_.send(file.request, *identity);
    if (!sent) return fail(sent.error());
    log::info("spooled event " + file.request.id + " of " + file.caller + " is accepted");
    return {};
}

void Spool::refuse(const File& file, const Error& why) {
    const std::uint32_t uid = file.status.st_uid;
    // Beyond the limit one entry says it all.
    if (seen_[uid] > max_spooled_files + 1 || ++refused_[uid] > max_spooled_files) return;
    log::warning(why.message() + " (refused, of user number " + std::to_string(uid) + ")");
    EventRequest request = file.request;
    // The id may be what is wrong, or be another event's.
    if (!valid_event_id(request.id) || why.code() == Code::already_exists) request.id = random_id();
    if (request.type.empty()) request.type = "unknown";
    std::string caller = file.caller;
    if (caller.empty()) {
        auto name = local_user_name(uid);
        caller = name ? *name + "@pam" : "user number " + std::to_string(uid);
    }
    auto recorded = dispatcher_.record_refusal(request, uid, caller, why.message());
    if (!recorded) log::error("a refusal cannot be recorded: " + recorded.error().message());
}

}  // namespace pmx::notifier
