#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/unique_fd.h"
#include "tools/bench/latencies.h"
#include "tools/bench/measurements.h"

namespace pmx::bench {

Result<std::string> append_and_sync(const std::string& directory, int count) {
    const std::string path = directory + "/pmx-bench.tmp";
    const UniqueFd file(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
    if (!file) return fail_errno(errno, "open " + path);
    ::unlink(path.c_str());
    const std::string block(4096, 'x');
    Latencies latencies;
    const auto begun = Clock::now();
    for (int i = 0; i < count; ++i) {
        const auto before = Clock::now();
        if (::write(file.get(), block.data(), block.size()) < 0) return fail_errno(errno, "write");
        if (::fdatasync(file.get()) != 0) return fail_errno(errno, "fdatasync");
        latencies.add(Clock::now() - before);
    }
    return latencies.json(Clock::now() - begun);
}

}  // namespace pmx::bench
