// What went wrong, as a value.
//
// An Error is a std::error_code and the chain of what was being done, outermost first. The codes
// are the project's own (Code), so that the core never speaks errno; the one table from Code to
// errno is in fuse/errno_table.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace pmx {

// Values are on disk (results of applied requests) and on the wire: never renumber.
enum class Code : std::uint8_t {
    ok = 0,
    not_found = 1,
    already_exists = 2,
    not_a_directory = 3,
    is_a_directory = 4,
    not_empty = 5,
    invalid_argument = 6,
    name_too_long = 7,
    file_too_large = 8,
    no_space = 9,            // a limit of the store, or the disk below it, is reached
    permission_denied = 10,  // EPERM: this can never be done here
    access_denied = 11,      // EACCES: not by this caller or node
    read_only = 12,          // no quorum, no open view, or a damaged store
    timed_out = 13,          // the entry may still come to be
    version_mismatch = 14,   // compare-and-set: somebody else changed it
    busy = 15,               // a limit on what is in flight; try again
    corrupt = 16,            // bytes that are not what was written
    io_error = 17,           // the disk or the operating system failed
    not_supported = 18,
    interrupted = 19,
    same_object = 20,     // rename of a directory into itself
    protocol_error = 21,  // a peer or client sent what the format forbids
    shutting_down = 22,
};

const std::error_category& error_category() noexcept;
std::error_code make_error_code(Code code) noexcept;

// One word for status output and JSON: "not_found", "no_space", ...
std::string_view code_name(Code code) noexcept;
// The failure of that name; protocol_error where there is none.
Code code_named(std::string_view name) noexcept;

class Error {
  public:
    explicit Error(Code code, std::string message = {});

    // An errno with the call that set it: Error::from_errno(errno, "open /etc/x").
    static Error from_errno(int error_number, std::string_view doing);

    // The same error with one more thing that was being done in front: "doing: ...".
    [[nodiscard]] Error while_doing(std::string_view doing) const;

    [[nodiscard]] Code code() const noexcept { return code_; }
    // The errno behind it when the operating system reported it, else 0.
    [[nodiscard]] int error_number() const noexcept { return error_number_; }
    // What a person reads; never empty.
    [[nodiscard]] const std::string& message() const noexcept { return message_; }

  private:
    Code code_;
    int error_number_ = 0;
    std::string message_;
};

}  // namespace pmx

template <>
struct std::is_error_code_enum<pmx::Code> : std::true_type {};
