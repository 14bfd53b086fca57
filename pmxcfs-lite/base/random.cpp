#include "base/random.h"

#include <sys/random.h>

#include <cerrno>
#include <cstring>

#include "base/check.h"

namespace pmx {

void fill_random(std::span<std::uint8_t> bytes) {
    while (!bytes.empty()) {
        ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        PMX_CHECK(got > 0, "the kernel gives no random numbers");
        bytes = bytes.subspan(static_cast<std::size_t>(got));
    }
}

Boot random_boot() {
    std::array<std::uint8_t, 8> bytes{};
    fill_random(bytes);
    Boot boot;
    std::memcpy(&boot.value, bytes.data(), bytes.size());
    return boot;
}

DiskId random_disk_id() {
    DiskId id;
    fill_random(id.bytes);
    return id;
}

ClusterId random_cluster_id() {
    ClusterId id;
    fill_random(id.bytes);
    return id;
}

}  // namespace pmx
