#include "schema/values.h"

#include <algorithm>

namespace pmx::schema {

namespace {

char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_alphanumeric(char c) {
    return (to_lower(c) >= 'a' && to_lower(c) <= 'z') || (c >= '0' && c <= '9');
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

bool consists_of(std::string_view text, std::string_view besides_alphanumeric) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return is_alphanumeric(c) || besides_alphanumeric.find(c) != std::string_view::npos;
    });
}

}  // namespace

std::optional<bool> parse_boolean(std::string_view text) {
    std::string word(text);
    std::transform(word.begin(), word.end(), word.begin(), to_lower);
    if (is_one_of(word, {"1", "yes", "on", "true"})) return true;
    if (is_one_of(word, {"0", "no", "off", "false"})) return false;
    return std::nullopt;
}

std::optional<std::int64_t> parse_number(std::string_view text, std::int64_t limit) {
    if (text.empty()) return std::nullopt;
    std::int64_t number = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        const int digit = c - '0';
        if (number > (limit - digit) / 10) return std::nullopt;
        number = number * 10 + digit;
    }
    return number;
}

std::optional<std::int64_t> parse_duration_s(std::string_view text) {
    constexpr std::int64_t minute_s = 60;
    constexpr std::int64_t hour_s = 60 * minute_s;
    constexpr std::int64_t day_s = 24 * hour_s;
    constexpr std::int64_t week_s = 7 * day_s;
    constexpr std::int64_t longest_s = 52 * week_s;
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const std::string_view unit = text.substr(digits);
    std::int64_t unit_s = 0;
    if (unit == "m" || unit == "min") unit_s = minute_s;
    if (unit == "h") unit_s = hour_s;
    if (unit == "d") unit_s = day_s;
    if (unit == "w") unit_s = week_s;
    if (unit_s == 0) return std::nullopt;
    const auto number = parse_number(text.substr(0, digits), longest_s / unit_s);
    if (!number || *number == 0) return std::nullopt;
    return *number * unit_s;
}

bool is_host_label(std::string_view text) {
    constexpr std::size_t most = 63;
    return text.size() <= most && consists_of(text, "-") && text.front() != '-' &&
           text.back() != '-';
}

std::optional<HostAndPort> parse_host_and_port(std::string_view text) {
    std::size_t host_size = std::min(text.find(':'), text.size());
    if (text.starts_with('[')) {
        const std::size_t bracket = text.find(']');
        if (bracket == std::string_view::npos) return std::nullopt;
        host_size = bracket + 1;
        if (!consists_of(text.substr(1, bracket - 1), ":.")) return std::nullopt;
    } else if (!consists_of(text.substr(0, host_size), ".-_") || text.front() == '-') {
        return std::nullopt;
    }
    HostAndPort result{std::string(text.substr(0, host_size)), std::nullopt};
    text.remove_prefix(host_size);
    if (text.empty()) return result;
    const auto port = text.front() == ':' ? parse_number(text.substr(1), 65535) : std::nullopt;
    if (!port || *port == 0) return std::nullopt;
    result.port = static_cast<int>(*port);
    return result;
}

std::optional<std::string> parse_host(std::string_view text) {
    const bool is_bare_ipv6 =
        std::count(text.begin(), text.end(), ':') >= 2 && !text.starts_with('[');
    const auto parsed =
        parse_host_and_port(is_bare_ipv6 ? "[" + std::string(text) + "]" : std::string(text));
    if (!parsed || parsed->port) return std::nullopt;
    return parsed->host;
}

std::optional<std::string> parse_base_url(std::string_view text) {
    std::string_view rest = text;
    if (rest.starts_with("https://")) {
        rest.remove_prefix(8);
    } else if (rest.starts_with("http://")) {
        rest.remove_prefix(7);
    } else {
        return std::nullopt;
    }
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    if (!parse_host_and_port(rest.substr(0, slash))) return std::nullopt;
    const std::string_view path = rest.substr(slash);
    // RFC 3986, path characters; no '?', '#' or '@', behind which secrets would hide.
    if (!path.empty() && !consists_of(path, "/-._~!$&'()*+,;=:%")) return std::nullopt;
    const std::size_t last = text.find_last_not_of('/');
    return std::string(text.substr(0, last + 1));
}

}  // namespace pmx::schema
