#include <algorithm>

#include "schema/text_lines.h"
#include "schema/users.h"

namespace pmx::schema {

namespace {

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// A realm or the name of a token.
bool is_identifier(std::string_view text) {
    return text.size() >= 2 && text.size() <= 64 && is_letter(text.front()) &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
           });
}

// Nothing that a line, a list or a token id in users.cfg would read as its own.
bool is_user_name(std::string_view text) {
    return !text.empty() && text.size() <= 128 && text.front() != '@' &&
           !has_control_characters(text) && text.find_first_of(" :/,;!#") == std::string_view::npos;
}

}  // namespace

bool is_user_id(std::string_view text) {
    const std::size_t at = text.rfind('@');
    return at != std::string_view::npos && is_user_name(text.substr(0, at)) &&
           is_identifier(text.substr(at + 1));
}

std::string to_string(const Caller& caller) {
    return caller.token.empty() ? caller.user : caller.user + "!" + caller.token;
}

Result<Caller> parse_caller(std::string_view text) {
    const std::size_t mark = text.find('!');
    const std::string_view user = text.substr(0, mark);
    const std::string_view token =
        mark == std::string_view::npos ? std::string_view{} : text.substr(mark + 1);
    if (!is_user_id(user) || (mark != std::string_view::npos && !is_identifier(token))) {
        return fail(Code::invalid_argument, "expected USER@REALM or USER@REALM!TOKEN");
    }
    return Caller{std::string(user), std::string(token)};
}

Result<Caller> caller_of_local_user(std::uint32_t uid, std::string_view name) {
    if (uid == 0) return Caller{std::string(root_user), ""};
    std::string user = std::string(name) + "@pam";
    if (user == root_user || !is_user_id(user)) {
        return fail(Code::invalid_argument,
                    "uid " + std::to_string(uid) + " has no name that a user can have");
    }
    return Caller{std::move(user), ""};
}

}  // namespace pmx::schema
