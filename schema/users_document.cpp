#include <algorithm>

#include "schema/colon_lines.h"
#include "schema/users.h"

namespace pmx::schema {

namespace {

bool is_kind(std::string_view kind) {
    constexpr std::string_view kinds[] = {"user", "group", "token", "role", "pool", "acl"};
    return std::find(std::begin(kinds), std::end(kinds), kind) != std::end(kinds);
}

// By what a line is known among those of its kind.
std::string key_of(std::string_view kind, const std::vector<std::string_view>& fields,
                   std::size_t first) {
    const auto field = [&](std::size_t index) {
        return first + index < fields.size() ? std::string(fields[first + index]) : std::string();
    };
    return kind == "acl" ? field(1) + ":" + field(2) : field(0);
}

}  // namespace

Result<void> UsersDocument::set(std::string_view kind, const std::vector<std::string>& fields) {
    if (!is_kind(kind)) return fail(Code::invalid_argument, "no line can begin like that");
    if (fields.empty()) return fail(Code::invalid_argument, "a line needs fields");
    std::string content(kind);
    for (const std::string& field : fields) {
        if (has_control_characters(field) || field.find(':') != std::string::npos) {
            return fail(Code::invalid_argument,
                        "a field must not have colons or control characters");
        }
        content += ":" + field;
    }
    content += ":";
    const std::string key =
        key_of(kind, std::vector<std::string_view>(fields.begin(), fields.end()), 0);
    std::size_t end = lines_.size();
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        const auto old = split_colon_line(lines_.line(i));
        if (old.empty() || old.front() != kind) continue;
        if (key_of(kind, old, 1) == key) {
            lines_.replace(i, content);
            return {};
        }
        end = i + 1;
    }
    lines_.insert(end, content);
    return {};
}

Result<void> UsersDocument::remove(std::string_view kind, std::string_view key) {
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        const auto fields = split_colon_line(lines_.line(i));
        if (fields.empty() || fields.front() != kind || key_of(kind, fields, 1) != key) continue;
        lines_.erase(i, i + 1);
        return {};
    }
    return fail(Code::not_found, "no " + std::string(kind) + " '" + std::string(key) + "'");
}

}  // namespace pmx::schema
