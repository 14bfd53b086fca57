#include "schema/mail_address.h"

#include <algorithm>

namespace pmx::schema {

namespace {

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// RFC 5322, 3.2.3.
bool is_atom_character(char c) {
    return is_alphanumeric(c) ||
           std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

// Parts joined by single dots, none empty, each accepted by `is_part`.
template <typename Predicate>
bool is_dotted(std::string_view text, Predicate is_part) {
    while (true) {
        const std::size_t dot = text.find('.');
        if (!is_part(text.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return true;
        text.remove_prefix(dot + 1);
    }
}

bool is_atom(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_atom_character);
}

// RFC 1035, and the underscore that inner networks have in their names.
bool is_label(std::string_view text) {
    return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return is_alphanumeric(c) || c == '-' || c == '_'; });
}

}  // namespace

bool is_mail_address(std::string_view text) {
    if (text.size() > 254) return false;
    const std::size_t at = text.rfind('@');
    if (at > 64 || text.starts_with('-')) return false;  // npos is over 64, too
    return is_dotted(text.substr(0, at), is_atom) && is_dotted(text.substr(at + 1), is_label);
}

std::string mail_address_key(std::string_view address) {
    std::string key(address);
    const std::size_t at = key.rfind('@');
    if (at == std::string::npos) return key;
    for (std::size_t i = at; i < key.size(); ++i) {
        if (key[i] >= 'A' && key[i] <= 'Z') key[i] = static_cast<char>(key[i] - 'A' + 'a');
    }
    return key;
}

}  // namespace pmx::schema
