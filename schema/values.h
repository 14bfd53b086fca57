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

inline constexpr std::int64_t max_count = 1'000'000;

// `90min`, `90m`, `26h`, `2d`, `1w`, in seconds; from a minute to 52 weeks.
std::optional<std::int64_t> parse_duration_s(std::string_view text);

// One label of a host name (RFC 1123): what corosync, Proxmox and mail addresses take for a node.
bool is_host_label(std::string_view text);

// host[:port] of a URL: a name, an IPv4 address, or an IPv6 address in brackets.
struct HostAndPort {
    std::string host;  // brackets included
    std::optional<int> port;
};
std::optional<HostAndPort> parse_host_and_port(std::string_view text);

// A host name or an IP address; an IPv6 address gets its brackets if it has none.
std::optional<std::string> parse_host(std::string_view text);

// http:// or https://, host, port, path; without user, query, fragment. Slashes at its end go.
std::optional<std::string> parse_base_url(std::string_view text);

}  // namespace pmx::schema
