// Who sent a request, beyond what the kernel says with it.
#pragma once

#include <sys/types.h>

#include "wire/entry.h"

namespace pmx::fuse {

// The process that the thread belongs to (FUSE gives thread ids); 0 when it is not to be seen.
pid_t process_of(pid_t thread);

// The signal that is ending the process the thread belongs to; 0 when it is not being killed, or
// not to be seen. A program that catches a signal and exits is not killed.
int killed_by(pid_t thread);

// Whether the system call that the thread is in is a write with RWF_APPEND, as far as it shows.
bool appends_by_flag(pid_t thread);

// Whether it is in one of stat(2)'s calls, as far as it shows: the kernel asks for attributes in
// many others, and shows them to nobody then.
bool looks_at_attributes(pid_t thread);

// Reads /proc a few times: for the first write of a handle, not for every request.
wire::Actor actor_of(uid_t uid, pid_t thread);

}  // namespace pmx::fuse
