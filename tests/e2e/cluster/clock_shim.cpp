// Preloaded into a program: the wall clock is off by the seconds that a file tells, a 64-bit number
// which PMX_CLOCK names. The monotonic clock stays.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace {

std::atomic<std::int64_t>* map_offset() {
    const char* path = std::getenv("PMX_CLOCK");
    const int fd = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return nullptr;
    void* page = ::mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, fd, 0);
    ::close(fd);
    return page == MAP_FAILED ? nullptr : static_cast<std::atomic<std::int64_t>*>(page);
}

std::int64_t offset() {
    static const std::atomic<std::int64_t>* const mapped = map_offset();
    return mapped == nullptr ? 0 : mapped->load();
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
    const long result = ::syscall(SYS_clock_gettime, clock, time);
    if (result == 0 && clock == CLOCK_REALTIME) time->tv_sec += offset();
    return static_cast<int>(result);
}
