#include "control/submit.h"

#include <nlohmann/json.hpp>

#include "control/explanation.h"

namespace pmx::control {
namespace {

// Empty for what is not about a path.
std::string_view sentence_of(Code result) {
    switch (result) {
        case Code::not_found:
            return "no such file or directory";
        case Code::already_exists:
            return "that name is taken, or the VMID is, in the cluster";
        case Code::is_a_directory:
            return "it is a directory";
        case Code::not_a_directory:
            return "it is no directory";
        case Code::not_empty:
            return "the directory is not empty";
        case Code::permission_denied:
            return "the store relies on it, or its layout does not allow that";
        case Code::access_denied:
            return "another node holds that lock";
        case Code::file_too_large:
            return "a file would be larger than the limit of 4 MiB";
        case Code::same_object:
            return "a directory cannot be moved into itself";
        default:
            return "";
    }
}

}  // namespace

Result<nlohmann::json> submit(const Context& context, tree::Op op) {
    const ports::SubmitResult done = context.waits.wait_for([&](ports::Store::Completion complete) {
        context.store.submit(std::move(op), context.caller, ports::Store::Patience::none,
                             std::move(complete));
    });
    if (done.result != Code::ok) return fail(failed_change(context, done.result));
    return nlohmann::json{{"index", done.index.value}};
}

Error failed_change(const Context& context, Code result) {
    switch (result) {
        case Code::read_only: {
            const std::string reason = why_read_only(context.store.status(), SystemClock().wall());
            return Error(result, reason.empty() ? "the store is read-only" : reason);
        }
        case Code::timed_out:
            return Error(result,
                         "nothing was committed in time; the change may still come to be "
                         "(pmxctl log shows it then)");
        case Code::shutting_down:
            return Error(result, "the daemon is stopping; the change may still come to be");
        case Code::no_space:
            return Error(result, "no space: a limit of the store, or the disk below it, is full");
        case Code::busy:
            return Error(result, "too many changes are waiting: try again");
        default:
            return Error(result, std::string(sentence_of(result)));
    }
}

bool is_about_a_path(Code result) {
    return !sentence_of(result).empty();
}

}  // namespace pmx::control
