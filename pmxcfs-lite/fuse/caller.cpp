#include "fuse/caller.h"

#include "base/process.h"

namespace pmx::fuse {

pid_t process_of(pid_t thread) {
    return process_of_thread(thread).value_or(0);
}

wire::Actor actor_of(uid_t uid, pid_t thread) {
    wire::Actor actor;
    actor.uid = uid;
    const auto process = process_of_thread(thread);
    if (!process) return actor;
    const ProcessInfo info = read_process(*process);
    actor.pid = *process;
    actor.login_uid = info.login_uid;
    actor.program = info.program.substr(0, wire::max_program_bytes);
    return actor;
}

}  // namespace pmx::fuse
