// Who a process is, as /proc tells: for the record of who changed what.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace pmx {

struct ProcessInfo {
    pid_t pid = 0;                         // of the process
    std::uint32_t login_uid = 0xffffffff;  // all ones: nobody logged in for it
    std::string program;                   // its comm; empty when it is gone
};

// `id` may be a thread's. A process that has ended gives its id and nothing else.
ProcessInfo read_process(pid_t id);

}  // namespace pmx
