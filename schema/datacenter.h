// datacenter.cfg: `key: value` lines, of which the notifier's three are read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "schema/problem.h"
#include "schema/text_lines.h"

namespace pmx::schema {

inline constexpr std::string_view datacenter_file = "datacenter.cfg";

enum class Notify : std::uint8_t { automatic, always, never };  // automatic: package updates only

struct NotifySettings {  // the defaults are those of a file without `notify`
    Notify package_updates = Notify::automatic;
    Notify fencing = Notify::always;
    Notify replication = Notify::always;
    std::optional<std::string> target_package_updates;
    std::optional<std::string> target_fencing;
    std::optional<std::string> target_replication;
};

struct Proxy {
    std::string url;    // http://[user:password@]host:port, ready for a client; secret
    std::string shown;  // the same without user and password
};

struct Datacenter {
    std::optional<std::string> email_from;
    std::optional<Proxy> http_proxy;
    NotifySettings notify;
};

// A bad value is a problem of that key only, which then takes its default.
Parsed<Datacenter> parse_datacenter(std::string_view text);

// datacenter.cfg to be edited: comments, order and what is not understood stay.
class DatacenterDocument {
  public:
    explicit DatacenterDocument(std::string_view text) : lines_(text) {}
    [[nodiscard]] std::string text() const { return lines_.text(); }
    // Replaces the key's line, or adds one. Code::invalid_argument: control characters, empty.
    Result<void> set(std::string_view key, std::string_view value);
    Result<void> remove(std::string_view key);  // Code::not_found

  private:
    TextLines lines_;
};

}  // namespace pmx::schema
