#include "notifier/daemon/edit_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/base64.h"
#include "base/file.h"
#include "base/run_program.h"
#include "base/unique_fd.h"
#include "schema/notifications.h"
#include "schema/section_config.h"

namespace pmx::notifier {
namespace {

using nlohmann::json;

constexpr std::size_t max_edited_bytes = 4U << 20;
constexpr std::size_t max_mountinfo_bytes = 4U << 20;
constexpr std::string_view store_type = "fuse.pmxcfs-lite";
constexpr unsigned shared_mode = 0640;
constexpr unsigned private_mode = 0600;

// Below what a client of the daemon waits.
constexpr std::chrono::seconds longest_change{15};

const std::string shared_name{schema::notifications_file};
const std::string private_name{schema::private_notifications_file};

Result<std::string> read_if_there(const std::string& path) {
    auto text = read_file(path, max_edited_bytes);
    if (!text && text.error().code() == Code::not_found) return std::string();
    return text;
}

// mountinfo writes blanks, tabs, newlines and backslashes of a path as \ooo.
std::string unescaped(std::string_view word) {
    std::string text;
    for (std::size_t i = 0; i < word.size(); ++i) {
        if (word[i] == '\\' && i + 3 < word.size()) {
            const std::string digits(word.substr(i + 1, 3));
            text += static_cast<char>(std::strtol(digits.c_str(), nullptr, 8));
            i += 3;
        } else {
            text += word[i];
        }
    }
    return text;
}

// "" below itself, "priv/x" below a parent; nothing elsewhere.
std::optional<std::string> path_below(const std::string& parent, const std::string& path) {
    if (path == parent) return "";
    const std::string prefix = parent == "/" ? parent : parent + "/";
    if (!path.starts_with(prefix)) return std::nullopt;
    return path.substr(prefix.size());
}

std::optional<std::string> store_path_of(const std::string& root) {
    const std::unique_ptr<char, void (*)(void*)> real(::realpath(root.c_str(), nullptr), std::free);
    if (!real) return std::nullopt;
    const auto mountinfo = read_file("/proc/self/mountinfo", max_mountinfo_bytes);
    if (!mountinfo) return std::nullopt;
    return path_in_store(*mountinfo, real.get());
}

tl::unexpected<Error> changed_by_another() {
    return fail(Code::version_mismatch, "file changed by another user, try again");
}

// Who owns it and who may read it stays as it was.
void take_owner(int fd, const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return;
    // Where this is not possible (not root, a filesystem of fixed owners) the new file is ours.
    [[maybe_unused]] const int owned = ::fchown(fd, status.st_uid, status.st_gid);
    [[maybe_unused]] const int permitted = ::fchmod(fd, status.st_mode & 07777);
}

Result<void> replace_plain(const std::string& path, std::string_view text, unsigned mode) {
    std::string fresh = path + ".XXXXXX";
    const UniqueFd fd(::mkostemp(fresh.data(), O_CLOEXEC));
    if (!fd) return fail_errno(errno, "cannot make a file beside " + path);
    [[maybe_unused]] const int permitted = ::fchmod(fd.get(), mode);
    take_owner(fd.get(), path);
    auto done = write_all(fd.get(), text, fresh);
    if (done && ::fsync(fd.get()) != 0) done = fail_errno(errno, "cannot sync " + fresh);
    if (done && ::rename(fresh.c_str(), path.c_str()) != 0) {
        done = fail_errno(errno, "cannot replace " + path);
    }
    if (!done) {
        ::unlink(fresh.c_str());
        return done;
    }
    return sync_directory_of(path);
}

// The last line that a program printed says why it failed.
std::string last_line(std::string text) {
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    return text.substr(text.rfind('\n') + 1);
}

json expectation(const std::string& path, const std::string& text, bool is_there) {
    if (!is_there) return {{"path", path}, {"absent", true}};
    return {{"path", path}, {"sha256", schema::file_digest(text)}};
}

}  // namespace

std::optional<std::string> path_in_store(std::string_view mountinfo, const std::string& directory) {
    std::optional<std::string> found;
    std::size_t longest = 0;
    std::istringstream lines{std::string(mountinfo)};
    for (std::string line; std::getline(lines, line);) {
        // id parent major:minor root MOUNT options... - TYPE source options
        std::istringstream words(line);
        std::string word;
        std::string mount;
        for (int i = 0; i < 5 && words >> word; ++i)
            mount = unescaped(word);
        while (words >> word && word != "-") {
        }
        std::string type;
        words >> type;
        const auto below = path_below(mount, directory);
        // The later of two mounts at one place covers the earlier.
        if (!below || mount.size() < longest) continue;
        longest = mount.size();
        found = type == store_type ? below : std::nullopt;
    }
    return found;
}

Result<schema::NotificationTexts> EditFiles::read() const {
    auto shared = read_if_there(root_ + "/" + shared_name);
    if (!shared) return fail(shared.error());
    auto secret = read_if_there(root_ + "/" + private_name);
    if (!secret) return fail(secret.error());
    return schema::NotificationTexts{std::move(*shared), std::move(*secret)};
}

Result<std::string> EditFiles::read_other(std::string_view name) const {
    return read_if_there(root_ + "/" + std::string(name));
}

namespace {

Result<void> replace_in_store(const std::string& root, const std::string& below,
                              const schema::NotificationTexts& before,
                              const schema::NotificationTexts& after) {
    const std::string prefix = below.empty() ? "" : below + "/";
    json request = {{"expect", json::array()}, {"edits", json::array()}};
    const auto add = [&](const std::string& name, const std::string& old, const std::string& text) {
        const bool is_there = ::access((root + "/" + name).c_str(), F_OK) == 0;
        request["expect"].push_back(expectation(prefix + name, old, is_there));
        if (old != text)
            request["edits"].push_back(
                {{"write", prefix + name}, {"content_base64", encode_base64(text)}});
    };
    add(private_name, before.secret, after.secret);
    add(shared_name, before.shared, after.shared);
    const auto end =
        run_program({"pmxctl", "--json", "txn", "-"}, longest_change, {.input = request.dump()});
    if (!end) return fail(end.error().while_doing("the change may not have been made"));
    if (end->exit_code == 0) return {};
    const auto now = EditFiles(root).read();
    if (now && *now != before) return changed_by_another();
    return fail(Code::io_error, "nothing was changed: " + last_line(end->output));
}

Result<void> replace_on_disk(const std::string& root, const schema::NotificationTexts& before,
                             const schema::NotificationTexts& after) {
    const auto now = EditFiles(root).read();
    if (!now) return fail(now.error());
    if (*now != before) return changed_by_another();
    if (after.secret != before.secret) {
        const std::string directory = root + "/priv";
        if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
            return fail_errno(errno, "cannot create " + directory);
        }
        auto done = replace_plain(root + "/" + private_name, after.secret, private_mode);
        if (!done) return done;
    }
    if (after.shared == before.shared) return {};
    return replace_plain(root + "/" + shared_name, after.shared, shared_mode);
}

}  // namespace

Result<void> EditFiles::replace(const schema::NotificationTexts& before,
                                const schema::NotificationTexts& after) const {
    if (after == before) return {};
    const auto below = store_path_of(root_);
    return below ? replace_in_store(root_, *below, before, after)
                 : replace_on_disk(root_, before, after);
}

}  // namespace pmx::notifier
