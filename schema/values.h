// Values that several of the files have.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pmx::schema {

// 1 yes on true, 0 no off false, whatever the case.
std::optional<bool> parse_boolean(std::string_view text);

// Decimal digits only, at most `limit`.
std::optional<std::int64_t> parse_number(std::string_view text, std::int64_t limit);

// host[:port] of a URL: a name, an IPv4 address, or an IPv6 address in brackets.
struct HostAndPort {
    std::string host;  // brackets included
    std::optional<int> port;
};
std::optional<HostAndPort> parse_host_and_port(std::string_view text);

// http:// or https://, host, port, path; without user, query, fragment. Slashes at its end go.
std::optional<std::string> parse_base_url(std::string_view text);

}  // namespace pmx::schema
