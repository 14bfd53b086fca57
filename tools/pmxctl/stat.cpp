#include <iostream>

#include "tools/pmxctl/ask.h"
#include "tools/pmxctl/human.h"

namespace pmx::pmxctl {
namespace {

Result<ExitCode> run_stat(const Invocation& invocation) {
    if (!invocation.has("path")) return usage_error("stat needs a PATH");
    const auto answer =
        ask(invocation, "stat", {{"path", invocation.get<std::string>("path")}}, look_answer_time);
    if (!answer) return fail(answer.error());
    if (invocation.json) {
        print_json(*answer);
        return ExitCode::ok;
    }
    const bool is_file = text_of(*answer, "kind") == "file";
    std::cout << "path      " << printable(text_of(*answer, "path")) << "\n"
              << "kind      " << printable(text_of(*answer, "kind")) << "\n"
              << "version   " << number_of(*answer, "version") << "\n"
              << "written   "
              << local_time(static_cast<std::int64_t>(number_of(*answer, "mtime_ns")))
              << " by node " << printable(node_name_of(*answer, "writer_name", "writer")) << "\n"
              << "mode      " << printable(text_of(*answer, "mode")) << ", "
              << (member(*answer, "root_group") == true ? "group root" : "the mount's group")
              << "\n"
              << "inode     " << number_of(*answer, "inode") << "\n";
    if (is_file) {
        std::cout << "size      " << number_of(*answer, "size") << " B\n"
                  << "sha256    " << printable(text_of(*answer, "sha256")) << "\n";
    }
    return ExitCode::ok;
}

}  // namespace

const Command stat_command{
    .name = "stat",
    .arguments = "PATH",
    .summary = "a file's version, for `pmxctl txn --expect`, who wrote it when, and its mode",
    .details = "The version is the index of the change that made it what it is (pmxctl log).\n",
    .positional = "path",
    .add_options = nullptr,
    .run = run_stat,
};

}  // namespace pmx::pmxctl
