// rejected_apply: {"id", "expect"?: [{"path", "version": index, 0: nothing there}]}
//   -> {"index" (0: all was so already)}
//
// Leaves the files as the lost change left them, in one entry, and takes the change off the list.
// Code version_mismatch when a file is not at the version given, or changes meanwhile.
#include <nlohmann/json.hpp>

#include "control/conflicts.h"
#include "control/protocol.h"
#include "control/request.h"
#include "control/submit.h"

namespace pmx::control {

using nlohmann::json;

namespace {

struct Seen {
    std::string path;
    std::uint64_t version = 0;
};

Result<std::vector<Seen>> parse_seen(const json& list) {
    std::vector<Seen> seen;
    for (const json& item : list) {
        Arguments arguments(item);
        Seen& one = seen.emplace_back();
        one.path = arguments.text("path", max_path_bytes);
        one.version = arguments.optional_number("version", UINT64_MAX).value_or(0);
        if (auto ok = arguments.check(); !ok) return fail(ok.error().while_doing("expect"));
    }
    return seen;
}

// The tree as it is, in which nothing that the caller saw has changed.
Result<tree::Transaction> plan(const Context& context, const Conflict& conflict,
                               const std::vector<Seen>& seen) {
    const ports::TreeView view = context.store.read();
    for (const Seen& one : seen) {
        const auto node = view->resolve({.path = one.path});
        if ((node ? (*node)->version.value : 0) != one.version) {
            return fail(Code::version_mismatch, one.path + " has changed since it was looked at");
        }
    }
    return plan_again(*view, conflict);
}

Result<json> carry_out(const Context& context, tree::Transaction transaction) {
    if (transaction.steps.empty()) return json{{"index", 0}};
    tree::Op op = std::move(transaction);
    if (encode(op).size() > wire::max_op_bytes) {
        return fail(Code::file_too_large, "the change is more than one entry can carry (8 MiB)");
    }
    auto index = submit(context, std::move(op));
    if (!index && index.error().code() == Code::version_mismatch) {
        return fail(Code::version_mismatch, "somebody changed the same files meanwhile");
    }
    if (!index && index.error().code() == Code::not_found) {
        return fail(Code::not_found, "a directory that the change needs is not there any more");
    }
    return index;
}

}  // namespace

Result<json> handle_rejected_apply(const Context& context, Arguments& arguments) {
    const std::string id = arguments.text("id", conflict_id_digits);
    const json& expect = arguments.list("expect", tree::max_transaction_steps);
    if (auto ok = arguments.check(); !ok) return fail(ok.error());
    const auto seen = parse_seen(expect);
    if (!seen) return fail(seen.error());
    auto rejected = context.store.rejected();
    if (!rejected) return fail(rejected.error().while_doing("cannot read what lost out"));
    auto conflict = find_conflict(std::move(*rejected), id);
    if (!conflict) return fail(conflict.error());
    auto transaction = plan(context, *conflict, *seen);
    if (!transaction) return fail(transaction.error());
    auto index = carry_out(context, std::move(*transaction));
    if (!index) return index;
    if (auto gone = context.store.forget_rejected({conflict->first().request}); !gone) {
        return fail(gone.error().while_doing("the change was made again, but stays on the list"));
    }
    return index;
}

}  // namespace pmx::control
