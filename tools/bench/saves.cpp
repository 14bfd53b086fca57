#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "tools/bench/latencies.h"
#include "tools/bench/measurements.h"

namespace pmx::bench {
namespace {

// As an editor or a shell does it; the save is acknowledged by close.
Result<void> save(const std::string& path, int flags, const std::string& content) {
    UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | flags, 0640));
    if (!file) return fail_errno(errno, "open " + path);
    if (::write(file.get(), content.data(), content.size()) < 0) {
        return fail_errno(errno, "write " + path);
    }
    if (::close(file.release()) != 0) return fail_errno(errno, "close " + path);
    return {};
}

Result<void> make_directory(const std::string& path) {
    if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) {
        return fail_errno(errno, "mkdir " + path);
    }
    return {};
}

struct Worker {
    Latencies latencies;
    Result<void> done;

    void run(const std::string& directory, SaveKind kind, Clock::time_point end) {
        const std::string content(4096, 'x');
        const int flags = O_CREAT | (kind == SaveKind::create ? O_EXCL : O_TRUNC);
        for (int i = 0; done && Clock::now() < end; ++i) {
            std::string path = directory + "/file";
            if (kind == SaveKind::create) path += std::to_string(i);
            const auto before = Clock::now();
            done = save(path, flags, content);
            if (done) latencies.add(Clock::now() - before);
        }
    }
};

}  // namespace

Result<std::string> saves(const std::string& directory, SaveKind kind, int threads, Seconds time) {
    std::vector<Worker> workers(static_cast<std::size_t>(threads));
    std::vector<std::string> directories;
    for (int i = 0; i < threads; ++i) {
        directories.push_back(directory + "/bench-" + std::to_string(::getpid()) + "-" +
                              std::to_string(i));
        if (auto made = make_directory(directories.back()); !made) return fail(made.error());
    }
    const auto begun = Clock::now();
    const auto end = begun + std::chrono::duration_cast<Clock::duration>(time);
    std::vector<std::thread> running;
    for (std::size_t i = 0; i < workers.size(); ++i)
        running.emplace_back([&, i] { workers[i].run(directories[i], kind, end); });
    for (std::thread& thread : running)
        thread.join();
    const auto elapsed = Clock::now() - begun;
    Latencies all;
    for (const Worker& worker : workers) {
        if (!worker.done) return fail(worker.done.error());
        all.add(worker.latencies);
    }
    return all.json(elapsed);
}

Result<std::string> longest_pause(const std::string& directory, Seconds time) {
    const std::string path = directory + "/pmx-bench-pause";
    const auto begun = Clock::now();
    auto last = begun;
    Clock::duration longest{};
    int saved = 0;
    int failed = 0;
    while (Clock::now() - begun < time) {
        if (!save(path, O_CREAT | O_TRUNC, "x\n")) {
            ++failed;
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
            continue;
        }
        ++saved;
        longest = std::max(longest, Clock::now() - last);
        last = Clock::now();
    }
    char text[128];
    std::snprintf(text, sizeof text, R"({"saved": %d, "failed": %d, "longest_ms": %.1f})", saved,
                  failed, microseconds(longest) / 1000);
    return text;
}

Result<std::string> fill(const std::string& directory, int files) {
    constexpr int files_a_directory = 500;
    const std::string content(200, 'x');
    Latencies latencies;
    const auto begun = Clock::now();
    for (int i = 0; i < files; ++i) {
        const std::string below = directory + "/filled-" + std::to_string(i / files_a_directory);
        if (i % files_a_directory == 0)
            if (auto made = make_directory(below); !made) return fail(made.error());
        const auto before = Clock::now();
        auto saved = save(below + "/" + std::to_string(i), O_CREAT, content);
        if (!saved) return fail(saved.error());
        latencies.add(Clock::now() - before);
    }
    return latencies.json(Clock::now() - begun);
}

}  // namespace pmx::bench
