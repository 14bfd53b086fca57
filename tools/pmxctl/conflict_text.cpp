#include "tools/pmxctl/conflict_text.h"

#include <optional>

#include "base/base64.h"
#include "tools/pmxctl/ask.h"
#include "tools/pmxctl/human.h"
#include "tools/pmxctl/unified_diff.h"

namespace pmx::pmxctl {
namespace {

using nlohmann::json;

// Of a file; none: there was none, or nobody knows any more.
std::optional<std::string> content_of(const json& change, std::string_view key) {
    const json& value = member(change, key);
    return value.is_string() ? decode_base64(value.get<std::string>()) : std::nullopt;
}

// Lines and tabs stay, nothing that drives a terminal does.
std::string printable_lines(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of("\n\t"), text.size());
        result += printable(text.substr(0, end));
        if (end < text.size()) result += text[end];
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return result;
}

Result<std::string> diff_of(const std::optional<std::string>& from,
                            const std::optional<std::string>& to, const std::string& from_name,
                            const std::string& to_name) {
    auto text = unified_diff(from.value_or(""), to.value_or(""), from_name, to_name);
    if (!text) return text;
    return printable_lines(*text);
}

bool is_file(const json& change) {
    return text_of(change, "kind") == "file";
}

bool goes(const json& change) {
    return text_of(change, "change") == "removed";
}

// What the change did to one file.
Result<std::string> what_it_did(const json& change) {
    if (!is_file(change)) return std::string();
    if (member(change, "contents_left_out") == true) {
        return std::string("(too long to be shown with the others)\n");
    }
    const auto before = content_of(change, "before_base64");
    const auto after = content_of(change, "after_base64");
    const std::string path = text_of(change, "path");
    if (!after && !goes(change)) {
        return std::string("(what it made of the file is not known any more)\n");
    }
    if (!before && goes(change)) {
        return std::string("(what the file held before is not known any more)\n");
    }
    const bool unknown = !before && text_of(change, "change") == "modified";
    auto text = diff_of(before, after, path + (unknown ? " (before: not known)" : " (before)"),
                        path + (goes(change) ? " (removed)" : " (the change that lost out)"));
    if (text && text->empty()) return std::string("(the file's content is the same)\n");
    return text;
}

Result<std::string> what_it_would_do(const json& change) {
    if (!is_file(change) || text_of(change, "now") == "done") return std::string();
    const auto after = content_of(change, "after_base64");
    if (!after && !goes(change)) return std::string();
    const std::string path = text_of(change, "path");
    return diff_of(content_of(change, "now_base64"), goes(change) ? std::nullopt : after,
                   path + " (now)", path + (goes(change) ? " (removed)" : " (made again)"));
}

std::string line(std::string_view label, const std::string& text) {
    return std::string(label) + std::string(14 - label.size(), ' ') + printable(text) + "\n";
}

std::string head_of(const json& conflict) {
    std::string text;
    text += line("change", text_of(conflict, "id") + " (index " +
                               std::to_string(number_of(conflict, "index")) + " in view " +
                               text_of(conflict, "view") + ")");
    text += line("made", local_time(static_cast<std::int64_t>(number_of(conflict, "time_ns"))) +
                             " on " + node_name_of(conflict) + " by " + conflict_user(conflict) +
                             " with " + text_of(conflict, "program") + "[" +
                             std::to_string(number_of(conflict, "pid")) + "]");
    text += line("acknowledged", member(conflict, "acknowledged") == true
                                     ? "yes: whoever made it was told that it is saved"
                                     : "perhaps: the nodes that list it had not heard so");
    return text;
}

}  // namespace

std::string conflict_path(const json& change) {
    if (text_of(change, "path").empty()) return "(not known any more)";
    const std::string slash = is_file(change) ? "" : "/";
    const std::string path = text_of(change, "path") + slash;
    const std::string old_path = text_of(change, "old_path");
    return old_path.empty() ? path : old_path + slash + " -> " + path;
}

std::string conflict_now(const json& change) {
    const std::string now = text_of(change, "now");
    if (now == "done") return "as it wanted";
    return now == "as_then" ? "as before it" : "different";
}

std::string conflict_user(const json& conflict) {
    const char* key = member(conflict, "login_uid").is_number() ? "login_uid" : "uid";
    return user_name(static_cast<std::uint32_t>(number_of(conflict, key)));
}

Result<std::string> conflict_text(const json& conflict) {
    std::string text = head_of(conflict);
    for (const json& change : member(conflict, "changes")) {
        text += "\n" + line(text_of(change, "change"),
                            conflict_path(change) + "; now " + conflict_now(change));
        auto shown = what_it_did(change);
        if (!shown) return shown;
        text += *shown;
        if (text_of(change, "now") != "other") continue;
        auto effect = what_it_would_do(change);
        if (!effect) return effect;
        text += *effect;
    }
    return text;
}

Result<std::string> conflict_effect(const json& conflict) {
    std::string text;
    for (const json& change : member(conflict, "changes")) {
        text += line(text_of(change, "change"),
                     conflict_path(change) + "; now " + conflict_now(change));
        auto effect = what_it_would_do(change);
        if (!effect) return effect;
        text += *effect;
    }
    return text;
}

}  // namespace pmx::pmxctl
