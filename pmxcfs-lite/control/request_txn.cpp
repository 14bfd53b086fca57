// txn: {"expect"?: [EXPECTATION...], "edits": [EDIT...]} -> {"index"}: all edits as one entry, in
// their order, or none of them.
//
//   EXPECTATION   {"path", "version": N}      the entry that changed it last (pmxctl stat)
//                 {"path", "sha256": HEX}     of a file's content
//                 {"path", "absent": true}
//   EDIT          {"write": PATH, "content": TEXT}            the whole new content; makes the file
//                 {"write": PATH, "content_base64": BASE64}
//                 {"remove": PATH}                            a file
//                 {"mkdir": PATH}, {"rmdir": PATH}
//                 {"rename": PATH, "to": PATH}
//
// Code version_mismatch when an expectation is wrong; the message says which, and what was found.
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/bytes.h"
#include "base/sha256.h"
#include "control/protocol.h"
#include "control/request.h"
#include "control/submit.h"
#include "tree/limits.h"

namespace pmx::control {

using nlohmann::json;

namespace {

struct Expected {
    std::string path;
    std::optional<LogIndex> version;    // 0: must not exist
    std::optional<std::string> sha256;  // in hex
};

Result<Expected> parse_expectation(const Context& context, const json& object) {
    Arguments arguments(object);
    const std::string given = arguments.text("path", max_path_bytes);
    const auto version = arguments.optional_number("version", UINT64_MAX);
    const auto sha256 = arguments.optional_text("sha256", 64);
    const bool absent = arguments.flag("absent");
    if (version.has_value() + sha256.has_value() + (absent ? 1 : 0) != 1) {
        arguments.fail("an expectation has one of 'version', 'sha256' and 'absent'");
    }
    if (version == 0U) arguments.fail("there is no version 0: say 'absent'");
    if (auto ok = arguments.check(); !ok) return fail(ok.error());
    auto path = tree_path(context, given);
    if (!path) return fail(path.error());
    Expected expected{.path = std::move(*path), .version = {}, .sha256 = sha256};
    if (version) expected.version = LogIndex(*version);
    if (absent) expected.version = LogIndex(0);
    return expected;
}

std::string version_text(LogIndex version) {
    return version.value == 0 ? "absent" : "version " + std::to_string(version.value);
}

struct Found {
    LogIndex version;       // 0: is not there
    tree::Content content;  // null: no file
};

// All from one state of the tree; contents are hashed later, when no commit waits for it.
std::vector<Found> look_up(const Context& context, const std::vector<Expected>& expectations) {
    std::vector<Found> found;
    const ports::TreeView view = context.store.read();
    for (const Expected& expected : expectations) {
        const auto node = view->resolve({.path = expected.path});
        found.push_back(node ? Found{(*node)->version, (*node)->content} : Found{});
    }
    return found;
}

// Empty when it is as expected.
std::string difference(const Expected& expected, const Found& found) {
    if (expected.version) {
        if (found.version == *expected.version) return {};
        return expected.path + ": expected " + version_text(*expected.version) + ", found " +
               version_text(found.version);
    }
    const std::string digest = found.content ? to_hex(sha256(*found.content)) : "no file";
    if (digest == *expected.sha256) return {};
    return expected.path + ": expected sha256 " + *expected.sha256 + ", found " + digest;
}

std::string differences(const std::vector<Expected>& expectations,
                        const std::vector<Found>& found) {
    std::string text;
    for (std::size_t i = 0; i < expectations.size(); ++i) {
        const std::string one = difference(expectations[i], found[i]);
        if (!one.empty()) text += (text.empty() ? "" : "; ") + one;
    }
    return text;
}

class EditReader {
  public:
    EditReader(const Context& context, const json& object)
        : context_(context), arguments_(object) {}

    Result<tree::Op> read() {
        const auto write = path("write");
        const auto remove = path("remove");
        const auto make = path("mkdir");
        const auto remove_directory = path("rmdir");
        const auto from = path("rename");
        const auto to = path("to");
        const auto bytes = content();
        if (write.has_value() + remove.has_value() + make.has_value() +
                remove_directory.has_value() + from.has_value() !=
            1) {
            arguments_.fail("an edit has one of 'write', 'remove', 'mkdir', 'rmdir', 'rename'");
        }
        if (write.has_value() != bytes.has_value()) {
            arguments_.fail("'write' goes with 'content' or 'content_base64'");
        }
        if (from.has_value() != to.has_value()) arguments_.fail("'rename' goes with 'to'");
        if (auto ok = arguments_.check(); !ok) return fail(ok.error());
        if (path_error_) return fail(*path_error_);
        if (write) return whole_file(*write, *bytes);
        if (remove) return tree::RemoveFile{.at = {.path = *remove}};
        if (make) return tree::MakeDirectory{.at = {.path = *make}};
        if (remove_directory) return tree::RemoveDirectory{.at = {.path = *remove_directory}};
        return tree::Rename{.from = {.path = *from}, .to = {.path = *to}, .no_replace = false};
    }

  private:
    std::optional<std::string> path(std::string_view key) {
        const auto given = arguments_.optional_text(key, max_path_bytes);
        if (!given) return std::nullopt;
        auto in_tree = changeable_path(context_, *given);
        if (!in_tree && !path_error_) path_error_ = in_tree.error();
        return in_tree ? std::move(*in_tree) : std::string();
    }

    std::optional<std::string> content() {
        auto text = arguments_.optional_text("content", tree::max_file_bytes);
        const auto base64 =
            arguments_.optional_text("content_base64", (tree::max_file_bytes + 2) / 3 * 4);
        if (!base64) return text;
        auto bytes = decode_base64(*base64);
        if (!bytes) arguments_.fail("'content_base64' is no base64");
        if (text) arguments_.fail("either 'content' or 'content_base64'");
        return bytes;
    }

    static tree::Op whole_file(const std::string& path, const std::string& bytes) {
        using Kind = tree::Edit::Kind;
        tree::WriteFile write{.at = {.path = path}, .create = true, .edits = {}, .mtime = {}};
        write.edits.push_back({.kind = Kind::truncate, .offset = 0, .bytes = {}});
        if (!bytes.empty()) {
            write.edits.push_back({.kind = Kind::write, .offset = 0, .bytes = bytes});
        }
        return write;
    }

    const Context& context_;
    Arguments arguments_;
    std::optional<Error> path_error_;
};

// For an error of the transaction as a whole: one edit of a few it is about, or the only one.
std::string names_of(const json& edits) {
    constexpr std::size_t most = 4;
    std::string text;
    for (std::size_t i = 0; i < edits.size() && i < most; ++i) {
        for (const char* kind : {"write", "remove", "mkdir", "rmdir", "rename"}) {
            const auto path = edits[i].find(kind);
            if (path == edits[i].end() || !path->is_string()) continue;
            text += (text.empty() ? "" : ", ") + std::string(kind) + " " + path->get<std::string>();
        }
    }
    return edits.size() > most ? text + ", ..." : text;
}

std::string item_name(const char* list, std::size_t position) {
    return std::string(list) + "[" + std::to_string(position) + "]";
}

}  // namespace

Result<json> handle_txn(const Context& context, Arguments& arguments) {
    const json& expect = arguments.list("expect", tree::max_transaction_steps);
    const json& edits = arguments.list("edits", tree::max_transaction_steps);
    if (edits.empty()) arguments.fail("'edits' is missing or empty");
    if (auto ok = arguments.check(); !ok) return fail(ok.error());

    std::vector<Expected> expectations;
    for (std::size_t i = 0; i < expect.size(); ++i) {
        auto expected = parse_expectation(context, expect[i]);
        if (!expected) return fail(expected.error().while_doing(item_name("expect", i)));
        expectations.push_back(std::move(*expected));
    }
    tree::Transaction transaction;
    for (std::size_t i = 0; i < edits.size(); ++i) {
        auto step = EditReader(context, edits[i]).read();
        if (!step) return fail(step.error().while_doing(item_name("edits", i)));
        transaction.steps.push_back(std::move(*step));
    }
    const std::vector<Found> found = look_up(context, expectations);
    if (std::string wrong = differences(expectations, found); !wrong.empty()) {
        return fail(Code::version_mismatch, std::move(wrong));
    }
    for (std::size_t i = 0; i < expectations.size(); ++i) {
        transaction.expectations.push_back(
            {.at = {.path = expectations[i].path}, .version = found[i].version});
    }
    tree::Op op = std::move(transaction);
    if (encode(op).size() > wire::max_op_bytes) {
        return fail(Code::file_too_large, "the edits are more than one entry can carry (8 MiB)");
    }
    auto index = submit(context, std::move(op));
    if (!index && is_about_a_path(index.error().code())) {
        index = fail(index.error().while_doing(names_of(edits)));
    }
    if (!index && index.error().code() == Code::version_mismatch) {
        std::string wrong = differences(expectations, look_up(context, expectations));
        return fail(Code::version_mismatch,
                    wrong.empty() ? "changed while the transaction was on its way" : wrong);
    }
    return index;
}

}  // namespace pmx::control
