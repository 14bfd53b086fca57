#include "schema/datacenter.h"

#include <algorithm>
#include <set>

#include "schema/mail_address.h"
#include "schema/section_rules.h"
#include "schema/values.h"

namespace pmx::schema {

namespace {

struct Line {
    std::string_view key;
    std::string_view value;
};

bool is_key(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    });
}

bool is_comment_or_blank(std::string_view line) {
    const std::string_view content = trim(line);
    return content.empty() || content.front() == '#';
}

std::optional<Line> parse_line(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_key(line.substr(0, colon))) return std::nullopt;
    return Line{line.substr(0, colon), trim(line.substr(colon + 1))};
}

// A port is always there in what a client gets: clients do not agree on the default.
std::optional<Proxy> parse_proxy(std::string_view text) {
    constexpr std::string_view scheme = "http://";
    if (!text.starts_with(scheme)) return std::nullopt;
    text.remove_prefix(scheme.size());
    if (text.ends_with('/')) text.remove_suffix(1);
    const std::size_t at = text.rfind('@');
    const std::string_view login =
        at == std::string_view::npos ? std::string_view{} : text.substr(0, at);
    const bool plain = std::all_of(login.begin(), login.end(), [](char c) {
        return c > ' ' && c < 0x7f && c != '/' && c != '@' && c != '?' && c != '#';
    });
    const auto host =
        parse_host_and_port(at == std::string_view::npos ? text : text.substr(at + 1));
    if (!host || !plain || (at != std::string_view::npos && login.empty())) return std::nullopt;
    const std::string server = host->host + ":" + std::to_string(host->port.value_or(80));
    Proxy proxy{std::string(scheme) + server, std::string(scheme) + server};
    if (!login.empty()) proxy.url = std::string(scheme) + std::string(login) + "@" + server;
    return proxy;
}

// Each function: why the value is bad, or nothing when it was taken.
using Why = std::optional<std::string>;

Why set_switch(Notify& setting, std::string_view value, bool has_auto) {
    if (value == "always") {
        setting = Notify::always;
    } else if (value == "never") {
        setting = Notify::never;
    } else if (value == "auto" && has_auto) {
        setting = Notify::automatic;
    } else {
        return has_auto ? "must be auto, always or never" : "must be always or never";
    }
    return std::nullopt;
}

Why set_target(std::optional<std::string>& setting, std::string_view value) {
    if (!is_section_id(value)) return "must be the name of a target";
    setting = std::string(value);
    return std::nullopt;
}

Why set_notify_key(NotifySettings& settings, std::string_view key, std::string_view value) {
    if (key == "package-updates") return set_switch(settings.package_updates, value, true);
    if (key == "fencing") return set_switch(settings.fencing, value, false);
    if (key == "replication") return set_switch(settings.replication, value, false);
    if (key == "target-package-updates") return set_target(settings.target_package_updates, value);
    if (key == "target-fencing") return set_target(settings.target_fencing, value);
    if (key == "target-replication") return set_target(settings.target_replication, value);
    return "is unknown";
}

class DatacenterReader {
  public:
    explicit DatacenterReader(std::string_view text) : lines_(text) {}

    Parsed<Datacenter> read() {
        for (std::size_t i = 0; i < lines_.size(); ++i) {
            number_ = static_cast<int>(i + 1);
            const std::string_view line = lines_.line(i);
            if (is_comment_or_blank(line)) continue;
            const auto parsed = parse_line(line);
            if (parsed) {
                read_value(*parsed);
            } else {
                report("expected 'key: value'");
            }
        }
        return std::move(result_);
    }

  private:
    // The last one counts, as it does for Proxmox.
    void read_value(const Line& line) {
        Datacenter& values = result_.values;
        if (line.key != "email_from" && line.key != "http_proxy" && line.key != "notify") return;
        const std::string name = "'" + std::string(line.key) + "' ";
        if (!seen_.insert(std::string(line.key)).second) {
            report(name + "is given twice, the last one counts");
        }
        if (line.key == "email_from") {
            values.email_from.reset();
            if (is_mail_address(line.value)) {
                values.email_from = std::string(line.value);
            } else {
                report(name + "must be an e-mail address");
            }
        } else if (line.key == "http_proxy") {
            values.http_proxy = parse_proxy(line.value);
            if (!values.http_proxy) report(name + "must be http://[user:password@]host[:port]");
        } else {
            values.notify = {};
            read_notify(line.value);
        }
    }

    void read_notify(std::string_view list) {
        std::set<std::string, std::less<>> keys;
        while (!list.empty()) {
            const std::size_t comma = std::min(list.find(','), list.size());
            const std::string_view item = trim(list.substr(0, comma));
            list.remove_prefix(std::min(comma + 1, list.size()));
            if (item.empty()) continue;
            const std::size_t equals = item.find('=');
            const std::string_view key = trim(item.substr(0, equals));
            if (equals == std::string_view::npos || !is_key(key)) {
                report("'notify' must be a list of key=value");
                continue;
            }
            const std::string name = "'notify' key '" + std::string(key) + "' ";
            if (!keys.insert(std::string(key)).second) {
                report(name + "is given twice, the first one counts");
                continue;
            }
            const std::string_view value = trim(item.substr(equals + 1));
            if (const Why why = set_notify_key(result_.values.notify, key, value)) {
                report(name + *why);
            }
        }
    }

    void report(std::string reason) {
        result_.problems.push_back({std::string(datacenter_file), number_, std::move(reason)});
    }

    TextLines lines_;
    int number_ = 0;
    std::set<std::string, std::less<>> seen_;
    Parsed<Datacenter> result_;
};

}  // namespace

Parsed<Datacenter> parse_datacenter(std::string_view text) {
    return DatacenterReader(text).read();
}

Result<void> DatacenterDocument::set(std::string_view key, std::string_view value) {
    if (!is_key(key)) return fail(Code::invalid_argument, "no key can have that name");
    const std::string name = "'" + std::string(key) + "'";
    if (has_control_characters(value)) {
        return fail(Code::invalid_argument, name + " must not have control characters");
    }
    if (trim(value).empty()) return fail(Code::invalid_argument, name + " has no value");
    const std::string content = std::string(key) + ": " + std::string(trim(value));
    // The last one counts, so it is the one that is set.
    for (std::size_t i = lines_.size(); i > 0; --i) {
        const auto line = parse_line(lines_.line(i - 1));
        if (!line || line->key != key) continue;
        lines_.replace(i - 1, content);
        return {};
    }
    lines_.insert(lines_.size(), content);
    return {};
}

Result<void> DatacenterDocument::remove(std::string_view key) {
    bool found = false;
    for (std::size_t i = lines_.size(); i > 0; --i) {
        const auto line = parse_line(lines_.line(i - 1));
        if (!line || line->key != key) continue;
        lines_.erase(i - 1, i);
        found = true;
    }
    if (!found) return fail(Code::not_found, "no '" + std::string(key) + "'");
    return {};
}

}  // namespace pmx::schema
