// Who sent a request, beyond what the kernel says with it.
#pragma once

#include <sys/types.h>

#include "wire/entry.h"

namespace pmx::fuse {

// The process that the thread belongs to (FUSE gives thread ids); 0 when it is not to be seen.
pid_t process_of(pid_t thread);

// Reads /proc a few times: for the first write of a handle, not for every request.
wire::Actor actor_of(uid_t uid, pid_t thread);

}  // namespace pmx::fuse
