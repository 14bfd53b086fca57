// Running another program and hearing how it ended: administration, not what happens often.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pmx {

struct ProgramEnd {
    int exit_code = 0;   // 128 and its number when a signal ended it
    std::string output;  // standard output and error, as much of its beginning as is to be kept
};

struct ProgramPipes {
    std::string_view input = {};  // what it reads on standard input
    std::size_t max_output_bytes = 64U << 10;
};

// `command` is found as a shell finds it. Code::not_found when there is no such program,
// Code::timed_out when it was killed because it took longer.
Result<ProgramEnd> run_program(const std::vector<std::string>& command,
                               std::chrono::milliseconds timeout, const ProgramPipes& pipes = {});

// Gives it the caller's terminal and waits as long as it takes; the exit code. An editor.
Result<int> run_interactively(const std::vector<std::string>& command);

}  // namespace pmx
