// The control protocol: JSON over RUN/control.sock (base/local_socket.h frames it).
//
//   request   {"version": 1, "request": NAME, ...arguments}
//   answer    {"version": 1, "result": {...}}
//          or {"version": 1, "error": {"code": CODE, "message": TEXT}}
//
// CODE is code_name() of base/error.h. Every request has a file of its own, request_NAME.cpp, with
// its arguments and its result at the top. Times are nanoseconds since 1970 UTC (keys end in _ns).
//
// With "node": ID in it the request is passed on to the daemon of that node, which answers in this
// one's stead: what each node has of its own (rejected, rejected_apply, rejected_forget), and root
// only.
//
// Who may ask: root, and the user the daemon runs as, everything. Everybody else the socket's mode
// lets in (its group) what changes no file, and nothing of priv/.
#pragma once

#include <cstddef>
#include <string>

namespace pmx::control {

inline constexpr unsigned protocol_version = 1;
inline constexpr std::size_t max_path_bytes = 4096;

inline std::string socket_path(const std::string& run_directory) {
    return run_directory + "/control.sock";
}

}  // namespace pmx::control
