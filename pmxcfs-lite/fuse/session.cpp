#include "fuse/session.h"

#include <pthread.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "base/log.h"
#include "fuse/operations.h"

namespace pmx::fuse {
namespace {

// Wakes a thread out of read(2) on the fuse device: the one thing that does so for every user,
// while a process still holds a file of the mount.
int wake_signal() {
    return SIGRTMAX;
}

void do_nothing(int /*signal*/) {}

void install_wake_signal() {
    struct sigaction action {};
    action.sa_handler = do_nothing;  // without SA_RESTART: the read must end
    sigaction(wake_signal(), &action, nullptr);
}

}  // namespace

Result<std::unique_ptr<Session>> Session::mount(const std::string& mountpoint, bool allow_other,
                                                Filesystem& filesystem) {
    fuse_args arguments = FUSE_ARGS_INIT(0, nullptr);
    const std::string options =
        std::string("default_permissions,fsname=pmxcfs-lite,subtype=pmxcfs-lite") +
        (allow_other ? ",allow_other" : "");
    for (const char* argument : {"pmxcfs-lite", "-o", options.c_str()})
        fuse_opt_add_arg(&arguments, argument);
    const fuse_lowlevel_ops operations = make_operations();
    fuse_session* session =
        fuse_session_new(&arguments, &operations, sizeof operations, &filesystem);
    fuse_opt_free_args(&arguments);
    if (session == nullptr) return fail(Code::io_error, "libfuse makes no session");
    if (fuse_session_mount(session, mountpoint.c_str()) != 0) {
        fuse_session_destroy(session);
        return fail(Code::io_error,
                    "cannot mount at " + mountpoint +
                        ": is /dev/fuse there, and fusermount3 for ordinary users?");
    }
    return std::unique_ptr<Session>(new Session(session));
}

Session::~Session() {
    stop_serving();
    unmount();
    fuse_session_destroy(session_);
}

void Session::run(unsigned threads, std::function<void()> unmounted) {
    install_wake_signal();
    unmounted_ = std::move(unmounted);
    const std::lock_guard lock(mutex_);
    for (serving_ = 0; serving_ < threads; ++serving_)
        threads_.emplace_back([this] { serve(); });
}

void Session::serve() {
    sigset_t signals;
    sigfillset(&signals);
    sigdelset(&signals, wake_signal());
    pthread_sigmask(SIG_SETMASK, &signals, nullptr);
    fuse_buf buffer{};
    while (fuse_session_exited(session_) == 0) {
        const int got = fuse_session_receive_buf(session_, &buffer);
        if (got == -EINTR || got == -EAGAIN) continue;
        if (got <= 0) break;
        fuse_session_process_buf(session_, &buffer);
    }
    std::free(buffer.mem);  // libfuse allocates it with malloc
    fuse_session_exit(session_);
    std::function<void()> unmounted;
    {
        const std::lock_guard lock(mutex_);
        if (--serving_ == 0 && !stopping_) unmounted = unmounted_;
    }
    if (unmounted) unmounted();
}

void Session::stop_serving() {
    fuse_session_exit(session_);
    for (;;) {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
            if (serving_ == 0) break;
            for (std::thread& thread : threads_)
                pthread_kill(thread.native_handle(), wake_signal());
        }
        // A thread may have been about to read when the signal came: it gets another one.
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    for (std::thread& thread : threads_)
        thread.join();
    threads_.clear();
}

void Session::unmount() {
    if (std::exchange(mounted_, false)) fuse_session_unmount(session_);
}

}  // namespace pmx::fuse
