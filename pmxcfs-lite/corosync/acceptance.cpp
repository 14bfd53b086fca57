#include "corosync/acceptance.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <system_error>
#include <vector>

#include "base/file.h"
#include "base/printable.h"
#include "base/run_program.h"
#include "schema/corosync_local_keys.h"

namespace pmx::corosync {
namespace {

// Names may have to be asked for on the network.
constexpr std::chrono::seconds longest_trial{20};
constexpr std::size_t longest_words = 500;
constexpr std::size_t key_bytes = 256;  // what corosync takes for a key

// Debian's base-passwd: nobody and nogroup are 65534 everywhere. The blackbox of libqb is a file of
// some MiB in shared memory, which the limit on files must allow.
const std::vector<std::string> without_rights{"setpriv",        "--reuid=65534",
                                              "--regid=65534",  "--clear-groups",
                                              "--no-new-privs", "--inh-caps=-all"};
const std::vector<std::string> with_limits{"prlimit",  "--as=1073741824", "--fsize=33554432",
                                           "--cpu=10", "--nofile=128",    "--core=0"};

class ScratchDirectory {
  public:
    explicit ScratchDirectory(const std::string& parent) : path_(parent + "/corosync-XXXXXX") {
        if (::mkdtemp(path_.data()) == nullptr) path_.clear();
    }
    ~ScratchDirectory() {
        std::error_code ignored;
        if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
    }
    ScratchDirectory(const ScratchDirectory&) = delete;
    ScratchDirectory& operator=(const ScratchDirectory&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
};

// Into a directory that the user nobody can read and not write.
Result<void> lay_out(const ScratchDirectory& scratch, std::string_view text) {
    constexpr unsigned readable = 0644;
    const std::string key = scratch.path() + "/key";
    if (::chmod(scratch.path().c_str(), 0755) != 0) return fail_errno(errno, scratch.path());
    auto done = replace_file(key, std::string(key_bytes, 'k'), readable);
    if (!done) return done;
    return replace_file(scratch.path() + "/corosync.conf", schema::corosync_trial_text(text, key),
                        readable);
}

std::string without_path(std::string words, const std::string& path) {
    for (std::size_t at = words.find(path); at != words.npos; at = words.find(path, at))
        words.erase(at, path.size() + 1);
    return words;
}

bool says_nothing(std::string_view line) {
    return line.empty() || line.find("exiting") != line.npos;
}

// The first that is wrong is the last that corosync says, and it looks for itself among the nodes
// once it has read all of the file.
bool misses_this_node(std::string_view words) {
    return words.ends_with("No valid name found for local host");
}

}  // namespace

std::string corosync_words(std::string_view output) {
    std::string words;
    while (!output.empty()) {
        const std::size_t end = std::min(output.find('\n'), output.size());
        const std::string_view line = output.substr(0, end);
        output.remove_prefix(std::min(end + 1, output.size()));
        if (says_nothing(line)) continue;
        if (!words.empty()) words += "; ";
        words += printable(line);
    }
    return words.substr(0, longest_words);
}

Result<void> accepts(std::string_view text, const std::string& scratch, Judge judge) {
    const ScratchDirectory directory(scratch);
    if (directory.path().empty()) return fail_errno(errno, "cannot make a directory in " + scratch);
    if (auto done = lay_out(directory, text); !done) return done;
    std::vector<std::string> command = with_limits;
    if (::geteuid() == 0)
        command.insert(command.end(), without_rights.begin(), without_rights.end());
    for (const char* word : {"corosync", "-t", "-c"})
        command.emplace_back(word);
    command.push_back(directory.path() + "/corosync.conf");
    const auto end = run_program(command, longest_trial);
    if (!end) return fail(end.error().while_doing("corosync was not asked"));
    if (end->exit_code == 0) return {};
    const std::string words = without_path(corosync_words(end->output), directory.path());
    if (judge == Judge::any_node && misses_this_node(words)) return {};
    // 127: prlimit or setpriv found no such program.
    if (end->exit_code == 127) return fail(Code::not_found, "corosync was not asked: " + words);
    return fail(Code::invalid_argument,
                words.empty() ? "corosync ended with " + std::to_string(end->exit_code) : words);
}

}  // namespace pmx::corosync
