#include "tests/e2e/store_posix/twin.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <set>

namespace pmx::test {

std::string to_string(const Answer& answer) {
    std::string text = std::to_string(answer.value);
    if (answer.error_number != 0) text += std::string(" ") + strerrorname_np(answer.error_number);
    constexpr std::size_t shown = 200;
    if (!answer.bytes.empty()) {
        text += " [" + std::to_string(answer.bytes.size()) + " bytes] ";
        for (const char byte : answer.bytes.substr(0, shown))
            text += byte >= ' ' && byte <= '~' ? byte : '.';
    }
    return text;
}

Answer answer_of(long result) {
    return {.value = result, .error_number = result < 0 ? errno : 0, .bytes = {}};
}

std::string names_in(const std::string& directory) {
    const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(directory.c_str()), ::closedir);
    if (!open) return std::string("cannot be opened: ") + strerrorname_np(errno);
    std::set<std::string> names;
    while (const dirent* entry = ::readdir(open.get())) {
        const std::string type = entry->d_type == DT_DIR ? "/" : "";
        names.insert(entry->d_name + type);
    }
    std::string text;
    for (const std::string& name : names)
        text += name + " ";
    return text;
}

std::string content_of(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY);
    if (fd < 0) return std::string("cannot be opened: ") + strerrorname_np(errno);
    std::string bytes;
    std::array<char, 65536> buffer{};
    for (;;) {
        const ssize_t got = ::read(fd, buffer.data(), buffer.size());
        if (got <= 0) break;
        bytes.append(buffer.data(), static_cast<std::size_t>(got));
    }
    ::close(fd);
    return bytes;
}

void Twin::compare_trees() {
    std::vector<std::string> directories{""};
    while (!directories.empty()) {
        const std::string directory = directories.back();
        directories.pop_back();
        const Answer names = both("list " + directory, [&](Side side) {
            return Answer{.value = 0, .error_number = 0, .bytes = names_in(at(side, directory))};
        });
        std::size_t begin = 0;
        for (std::size_t end = 0; (end = names.bytes.find(' ', begin)) != std::string::npos;
             begin = end + 1) {
            std::string name = names.bytes.substr(begin, end - begin);
            if (name == "./" || name == "../") continue;
            const bool is_directory = name.back() == '/';
            if (is_directory) name.pop_back();
            const std::string path = directory.empty() ? name : directory + "/" + name;
            if (is_directory) {
                directories.push_back(path);
                continue;
            }
            both("content of " + path, [&](Side side) {
                struct stat attributes {};
                Answer answer = answer_of(::stat(at(side, path).c_str(), &attributes));
                answer.value = attributes.st_size;
                answer.bytes = content_of(at(side, path));
                return answer;
            });
        }
    }
}

void Twin::differ(const std::string& what, const Answer& on_mount,
                  const Answer& on_reference) const {
    std::fprintf(stderr, "%s\n  mount:     %s\n  reference: %s\nagain: %s\n", what.c_str(),
                 to_string(on_mount).c_str(), to_string(on_reference).c_str(), replay.c_str());
    std::exit(1);
}

}  // namespace pmx::test
