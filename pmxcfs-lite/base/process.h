// Who a process is, as /proc tells: for the record of who changed what.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace pmx {

struct ProcessInfo {
    std::uint32_t login_uid = 0xffffffff;  // all ones: nobody logged in for it
    std::string program;                   // its comm; empty when it is gone
};

// A file of /proc/ID, of a process or a thread, its first 64 KiB; empty when it cannot be read.
std::string process_file(pid_t id, const char* name);

// The process that a thread belongs to; nothing where the thread is gone, as its own number is no
// process's.
std::optional<pid_t> process_of_thread(pid_t thread);

// Of a process that is gone, nothing is known any more.
ProcessInfo read_process(pid_t process);

}  // namespace pmx
