// Preloaded into a program: it dies, or stops, in the middle of one call on a path.
//
// PMX_KILL says where: "before rename .json", "after mkdir notify-e1", "stop before unlink .done":
// the first such call whose path (of rename the new one) ends with the last word.
#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <string_view>

namespace {

struct Instant {
    int signal = SIGKILL;
    bool after = false;
    std::string call;
    std::string ending;
};

const Instant& instant() {
    static const Instant parsed = [] {
        Instant made;
        const char* text = std::getenv("PMX_KILL");
        std::istringstream words(text == nullptr ? "" : text);
        std::string when;
        words >> when;
        if (when == "stop") {
            made.signal = SIGSTOP;
            words >> when;
        }
        made.after = when == "after";
        words >> made.call >> made.ending;
        return made;
    }();
    return parsed;
}

void reach(bool after, const char* call, const char* path) {
    static std::atomic<bool> done = false;
    const Instant& at = instant();
    if (at.call != call || at.after != after) return;
    if (!std::string_view(path).ends_with(at.ending) || done.exchange(true)) return;
    ::kill(::getpid(), at.signal);
}

template <typename Function>
Function next(const char* name) {
    return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

template <typename Call>
int around(const char* name, const char* path, Call call) {
    reach(false, name, path);
    const int result = call();
    reach(true, name, path);
    return result;
}

}  // namespace

extern "C" {

int rename(const char* from, const char* to) noexcept {
    static const auto real = next<int (*)(const char*, const char*)>("rename");
    return around("rename", to, [&] { return real(from, to); });
}

int mkdir(const char* path, mode_t mode) noexcept {
    static const auto real = next<int (*)(const char*, mode_t)>("mkdir");
    return around("mkdir", path, [&] { return real(path, mode); });
}

int rmdir(const char* path) noexcept {
    static const auto real = next<int (*)(const char*)>("rmdir");
    return around("rmdir", path, [&] { return real(path); });
}

int unlink(const char* path) noexcept {
    static const auto real = next<int (*)(const char*)>("unlink");
    return around("unlink", path, [&] { return real(path); });
}

int utimensat(int directory, const char* path, const timespec times[2], int flags) noexcept {
    static const auto real = next<int (*)(int, const char*, const timespec*, int)>("utimensat");
    return around("utimensat", path, [&] { return real(directory, path, times, flags); });
}
}
