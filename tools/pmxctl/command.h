// What a command of pmxctl is, and the table of them all.
#pragma once

#include <boost/program_options.hpp>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pmx::pmxctl {

// What scripts may rely on; `pmxctl --help` lists them.
enum class ExitCode : int {
    ok = 0,
    failed = 1,  // fsck, problems: something was found
    usage = 2,
    refused = 3,  // not permitted to this user
    timed_out = 4,
};

struct Invocation {
    std::string run_directory;
    bool json = false;
    const boost::program_options::variables_map& options;  // of the command

    [[nodiscard]] bool has(const char* option) const { return options.count(option) > 0; }
    template <typename T>
    [[nodiscard]] const T& get(const char* option) const {
        return options[option].as<T>();
    }
};

struct Command {
    std::string_view name;       // one or two words
    std::string_view arguments;  // for the usage line
    std::string_view summary;    // half a sentence
    std::string_view details;    // the rest of its --help, whole lines; may be empty
    const char* positional;      // the name under which its one argument is found; null: none
    void (*add_options)(boost::program_options::options_description& options);  // may be null
    Result<ExitCode> (*run)(const Invocation& invocation);
};

std::span<const Command> commands();

extern const Command cluster_add_command;
extern const Command cluster_force_quorum_command;
extern const Command cluster_init_command;
extern const Command cluster_join_command;
extern const Command cluster_remove_command;
extern const Command conflicts_apply_command;
extern const Command conflicts_command;
extern const Command conflicts_forget_command;
extern const Command conflicts_show_command;
extern const Command corosync_conf_edit_command;
extern const Command fsck_command;
extern const Command lock_list_command;
extern const Command log_command;
extern const Command log_message_command;
extern const Command problems_command;
extern const Command recover_command;
extern const Command stat_command;
extern const Command status_command;
extern const Command sync_command;
extern const Command txn_command;

// Says what is wrong with the arguments, for a command to return.
ExitCode usage_error(const std::string& message);

// How a failure ends the program.
ExitCode exit_code_of(Code code);

// Runs the program with its arguments, its own name left out.
ExitCode run(std::span<const std::string> arguments);

}  // namespace pmx::pmxctl
