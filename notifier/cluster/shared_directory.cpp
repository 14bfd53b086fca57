#include "notifier/cluster/shared_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json_nesting.h"
#include "base/unique_fd.h"

namespace pmx::notifier {
namespace {

using nlohmann::json;

constexpr std::size_t max_members_bytes = 1U << 20;
constexpr std::size_t max_record_nesting = 8;

// Being written; a node that died leaves one behind, which the next writer of the name replaces.
constexpr std::string_view unfinished = ".new";

constexpr std::string_view claim_prefix = "notify-";

// Time 0 asks the store to free a lock if it has expired. The errno.
int ask_to_free(const std::string& path) {
    const std::array<timespec, 2> zero{};
    return ::utimensat(AT_FDCWD, path.c_str(), zero.data(), 0) == 0 ? 0 : errno;
}

bool is_plain_name(const std::string& name) {
    return !name.empty() && name.front() != '.' && name.find('/') == std::string::npos;
}

class FileSharedDirectory final : public SharedDirectory {
  public:
    explicit FileSharedDirectory(std::string root)
        : root_(std::move(root)), directory_(root_ + "/priv/notify/") {}

    Members members() override;
    Result<std::vector<SharedFile>> list() override;
    Result<std::string> read(const std::string& name) override;
    Result<void> write(const std::string& name, std::string_view text) override;
    Result<void> create(const std::string& name) override;
    Result<void> remove(const std::string& name) override;
    Claim take(const std::string& name) override;
    Claim renew(const std::string& name) override;
    void let_go(const std::string& name) override;
    void free_expired(const std::set<std::string>& but) override;

  private:
    [[nodiscard]] std::string lock(const std::string& name) const {
        return root_ + "/priv/lock/" + std::string(claim_prefix) + name;
    }
    Result<void> make_directory();

    const std::string root_;
    const std::string directory_;
};

Members FileSharedDirectory::members() {
    auto text = read_file(root_ + "/.members", max_members_bytes);
    if (text) return parse_members(*text);
    // A mount that does not answer is not a node that is alone.
    Members none;
    const int error = text.error().error_number();
    if (error == EIO || error == ENOTCONN || error == ETIMEDOUT) none.quorum = Quorum::missing;
    return none;
}

Result<std::vector<SharedFile>> FileSharedDirectory::list() {
    std::vector<SharedFile> files;
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(directory_.c_str()), ::closedir);
    if (!directory) {
        if (errno == ENOENT) return files;
        return fail_errno(errno, "cannot list " + directory_);
    }
    while (const dirent* entry = ::readdir(directory.get())) {
        const std::string name = entry->d_name;
        struct stat status {};
        if (!is_plain_name(name) || name.ends_with(unfinished)) continue;
        if (::fstatat(::dirfd(directory.get()), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(status.st_mode)) {
            continue;
        }
        files.push_back({name, status.st_mtim.tv_sec});
    }
    std::sort(files.begin(), files.end(),
              [](const SharedFile& a, const SharedFile& b) { return a.name < b.name; });
    return files;
}

Result<std::string> FileSharedDirectory::read(const std::string& name) {
    return read_file(directory_ + name, max_shared_bytes);
}

Result<void> FileSharedDirectory::make_directory() {
    if (::mkdir(directory_.c_str(), 0700) == 0 || errno == EEXIST) return {};
    return fail_errno(errno, "cannot create " + directory_);
}

Result<void> FileSharedDirectory::write(const std::string& name, std::string_view text) {
    if (text.size() > max_shared_bytes) return fail(Code::file_too_large, name + " is too large");
    if (auto made = make_directory(); !made) return made;
    const std::string fresh = directory_ + name + std::string(unfinished);
    UniqueFd file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file) return fail_errno(errno, "cannot create " + fresh);
    if (auto written = write_all(file.get(), text, fresh); !written) return written;
    // The save is over, and may have failed, here.
    if (::close(file.release()) != 0) return fail_errno(errno, "cannot save " + fresh);
    if (::rename(fresh.c_str(), (directory_ + name).c_str()) == 0) return {};
    return fail_errno(errno, "cannot save " + directory_ + name);
}

Result<void> FileSharedDirectory::create(const std::string& name) {
    if (auto made = make_directory(); !made) return made;
    const std::string path = directory_ + name;
    const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file) return fail_errno(errno, "cannot create " + path);
    return {};
}

Result<void> FileSharedDirectory::remove(const std::string& name) {
    if (::unlink((directory_ + name).c_str()) == 0 || errno == ENOENT) return {};
    return fail_errno(errno, "cannot remove " + directory_ + name);
}

Claim FileSharedDirectory::take(const std::string& name) {
    const std::string path = lock(name);
    if (::mkdir(path.c_str(), 0700) == 0) return Claim::ours;
    if (errno != EEXIST) return Claim::unknown;
    // Ours from before this daemon was started again?
    if (renew(name) == Claim::ours) return Claim::ours;
    const int refused = ask_to_free(path);
    if (refused != 0 && refused != ENOENT) {
        return refused == EACCES ? Claim::anothers : Claim::unknown;
    }
    if (::mkdir(path.c_str(), 0700) == 0) return Claim::ours;
    return errno == EEXIST ? Claim::anothers : Claim::unknown;
}

Claim FileSharedDirectory::renew(const std::string& name) {
    // The store lets only the node do this that took it.
    if (::utimensat(AT_FDCWD, lock(name).c_str(), nullptr, 0) == 0) return Claim::ours;
    return errno == EACCES || errno == EPERM || errno == ENOENT ? Claim::anothers : Claim::unknown;
}

void FileSharedDirectory::let_go(const std::string& name) {
    // One that stays expires.
    [[maybe_unused]] const int removed = ::rmdir(lock(name).c_str());
}

void FileSharedDirectory::free_expired(const std::set<std::string>& but) {
    const std::string locks = root_ + "/priv/lock";
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(locks.c_str()), ::closedir);
    if (!directory) return;
    while (const dirent* entry = ::readdir(directory.get())) {
        const std::string_view name = entry->d_name;
        if (!name.starts_with(claim_prefix)) continue;
        if (!but.contains(std::string(name.substr(claim_prefix.size())))) {
            ask_to_free(locks + "/" + std::string(name));
        }
    }
}

}  // namespace

std::unique_ptr<SharedDirectory> open_shared_directory(std::string config_root) {
    return std::make_unique<FileSharedDirectory>(std::move(config_root));
}

Members parse_members(std::string_view text) {
    Members members;
    if (json_nests_deeper_than(text, max_record_nesting)) return members;
    const json parsed = json::parse(text, nullptr, false);
    if (!parsed.is_object() || !parsed.contains("cluster")) return members;
    const json& cluster = parsed["cluster"];
    if (!cluster.is_object()) return members;
    const auto quorate = cluster.find("quorate");
    const bool is_quorate =
        quorate != cluster.end() && quorate->is_number_integer() && *quorate != 0;
    members.quorum = is_quorate ? Quorum::there : Quorum::missing;
    const auto self = parsed.find("nodename");
    if (self != parsed.end() && self->is_string()) members.self = self->get<std::string>();
    const auto nodes = parsed.find("nodelist");
    if (nodes == parsed.end() || !nodes->is_object()) return members;
    for (const auto& [name, node] : nodes->items()) {
        if (!node.is_object()) continue;
        const auto online = node.find("online");
        members.online[name] = online != node.end() && online->is_number_integer() && *online != 0;
    }
    return members;
}

}  // namespace pmx::notifier
