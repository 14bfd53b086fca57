// memory_mount DIR: serves a store that lives in memory at DIR until SIGTERM or SIGINT. For trying
// and measuring the FUSE layer alone.
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "fuse/mount.h"
#include "tests/support/memory_store.h"

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: memory_mount DIR\n");
        return 2;
    }
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, nullptr);

    pmx::fuse::Mount mount;
    pmx::test::MemoryStore store(mount);
    store.keep_entries(false);
    pmx::fuse::MountOptions options;
    options.mountpoint = argv[1];
    options.unmounted = [] { kill(getpid(), SIGTERM); };
    const auto started = mount.start(options, store);
    if (!started) {
        std::fprintf(stderr, "%s\n", started.error().message().c_str());
        return 1;
    }
    std::puts("READY");
    std::fflush(stdout);
    int signal = 0;
    sigwait(&signals, &signal);
    mount.stop();
    return 0;
}
