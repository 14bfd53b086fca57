#include "notifier/render/render.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "notifier/render/data_reader.h"
#include "notifier/render/document.h"
#include "notifier/render/human.h"

namespace pmx::notifier {
namespace {

using nlohmann::json;

constexpr std::size_t max_log_bytes = 512U << 10;

// Of logs that are too long, how they began and how they ended is what one needs.
std::string shortened(const std::string& logs) {
    if (logs.size() <= max_log_bytes) return logs;
    constexpr std::size_t half = max_log_bytes / 2;
    const std::size_t head = logs.rfind('\n', half);
    const std::size_t tail = logs.find('\n', logs.size() - half);
    const auto is_continuation = [&](std::size_t at) { return (logs[at] & 0xC0) == 0x80; };
    std::size_t begin = head == std::string::npos ? half : head;
    std::size_t end = tail == std::string::npos ? logs.size() - half : tail;
    while (begin > 0 && is_continuation(begin))
        --begin;
    while (end < logs.size() && is_continuation(end))
        ++end;
    return logs.substr(0, begin) + "\n[... " + human_size(end - begin) + " left out ...]\n" +
           logs.substr(end);
}

std::string counted(std::size_t count, const std::string& noun) {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

bool is_ok(std::string status) {
    std::transform(status.begin(), status.end(), status.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return status == "ok";
}

// Every row of the table, read by `read`; the first error of a row becomes the data's.
template <typename Read>
void each_row(DataReader& data, const char* key, Read read) {
    const json& table = data.required_table(key);
    for (std::size_t row = 0; row < table.size() && data.error().empty(); ++row) {
        DataReader reader(table[row], std::string(key) + "[" + std::to_string(row) + "]");
        read(reader);
        if (!reader.error().empty()) data.fail(reader.error());
    }
}

Rendered render_package_updates(DataReader& data, const std::string& node) {
    Rendered out;
    const std::string host = data.text("hostname", node);
    std::vector<std::vector<std::string>> rows;
    each_row(data, "updates", [&](DataReader& row) {
        rows.push_back(
            {row.required_text("name"), row.text("old", "(new)"), row.required_text("new")});
    });
    out.title = counted(rows.size(), "package update") + " available on " + host;
    Document document(out.title);
    document.paragraph("The following package updates are available on " + host + ":");
    document.table({"Package", "Installed", "Available"}, rows);
    out.text = document.text();
    out.html = document.html();
    out.fields = {{"hostname", host}, {"updates", std::to_string(rows.size())}};
    return out;
}

Rendered render_fencing(DataReader& data, const std::string& node) {
    Rendered out;
    out.severity = Severity::error;
    const std::string host = data.text("hostname", node);
    const std::string fenced = data.required_text("node");
    const std::string status = data.text("status");
    out.title = "Fencing of node " + fenced + (status.empty() ? "" : ": " + status);
    Document document(out.title);
    document.paragraph("The cluster manager fences node " + fenced + ".");
    document.properties({{"Node", fenced}, {"Status", status}, {"Reported by", host}});
    out.text = document.text();
    out.html = document.html();
    out.fields = {{"hostname", host}, {"node", fenced}, {"status", status}};
    return out;
}

Rendered render_replication(DataReader& data, const std::string& node) {
    Rendered out;
    out.severity = Severity::error;
    const std::string host = data.text("hostname", node);
    const std::string job = data.required_text("job-id");
    const std::string target = data.text("job-target");
    const std::string schedule = data.text("schedule");
    const std::string error = data.text("error");
    const std::uint64_t last = data.number("last-sync").value_or(0);
    const std::uint64_t next = data.number("next-sync").value_or(0);
    const std::uint64_t failures = data.number("failure-count").value_or(1);
    out.title = "Replication job " + job + " failed on " + host;
    Document document(out.title);
    document.paragraph("Replication job " + job + " failed " + counted(failures, "time") +
                       " in a row.");
    document.properties({{"Job", job},
                         {"Node", host},
                         {"Target", target},
                         {"Schedule", schedule},
                         {"Last sync", human_time(static_cast<std::int64_t>(last))},
                         {"Next sync", human_time(static_cast<std::int64_t>(next))},
                         {"Failures", std::to_string(failures)}});
    if (!error.empty()) {
        document.heading("Error");
        document.preformatted(error);
    }
    out.text = document.text();
    out.html = document.html();
    out.fields = {{"hostname", host},
                  {"job-id", job},
                  {"job-target", target},
                  {"schedule", schedule},
                  {"last-sync", std::to_string(last)},
                  {"next-sync", std::to_string(next)},
                  {"failure-count", std::to_string(failures)},
                  {"error", error}};
    return out;
}

struct Backup {
    std::string host;
    std::string job;
    std::string logs;
    std::string error;
    std::optional<std::uint64_t> total_time;
    std::uint64_t total_size = 0;
    std::size_t failed = 0;
    std::vector<std::vector<std::string>> rows;
};

Backup read_backup(DataReader& data, const std::string& node) {
    Backup backup;
    backup.host = data.text("hostname", node);
    backup.job = data.text("job-id");
    backup.logs = shortened(data.text("logs"));
    backup.error = data.text("error");
    backup.total_time = data.number("total-time");
    each_row(data, "guest-table", [&](DataReader& row) {
        const std::string status = row.required_text("status");
        const auto time = row.number("time");
        const auto size = row.number("size");
        if (!is_ok(status)) ++backup.failed;
        // At most 20000 rows of at most 2^53: no overflow.
        backup.total_size += size.value_or(0);
        backup.rows.push_back({row.required_text("vmid"), row.text("name", "-"), status,
                               time ? human_duration(*time) : "-", size ? human_size(*size) : "-",
                               row.text("filename", "-")});
    });
    return backup;
}

Rendered render_vzdump(DataReader& data, const std::string& node) {
    const Backup backup = read_backup(data, node);
    const bool failure = backup.failed > 0 || !backup.error.empty();
    Rendered out;
    out.severity = failure ? Severity::error : Severity::info;
    out.title = std::string("Backup ") + (failure ? "failed" : "successful") + " on " + backup.host;
    if (backup.failed > 0) {
        out.title += ": " + std::to_string(backup.failed) + " of " +
                     counted(backup.rows.size(), "guest") + " failed";
    }
    Document document(out.title);
    document.paragraph(out.title + ".");
    if (!backup.error.empty()) document.paragraph("Error: " + backup.error);
    if (!backup.rows.empty()) {
        document.table({"VMID", "Name", "Status", "Time", "Size", "Filename"}, backup.rows);
    }
    document.properties(
        {{"Job", backup.job},
         {"Total time", backup.total_time ? human_duration(*backup.total_time) : ""},
         {"Total size", human_size(backup.total_size)}});
    if (!backup.logs.empty()) {
        document.heading("Logs");
        document.preformatted(backup.logs);
    }
    out.text = document.text();
    out.html = document.html();
    out.fields = {{"hostname", backup.host},
                  {"guests", std::to_string(backup.rows.size())},
                  {"failed", std::to_string(backup.failed)}};
    if (!backup.job.empty()) out.fields["job-id"] = backup.job;
    if (backup.total_time) out.fields["total-time"] = std::to_string(*backup.total_time);
    return out;
}

Result<json> parse_object(std::string_view data) {
    json parsed = json::parse(data, nullptr, false);
    if (parsed.is_discarded()) {
        return fail(Code::invalid_argument, "data: this is not JSON (in UTF-8)");
    }
    if (!parsed.is_object()) return fail(Code::invalid_argument, "data: is not an object");
    return parsed;
}

using Renderer = Rendered (*)(DataReader&, const std::string&);

Renderer renderer_of(std::string_view type) {
    if (type == event_type::package_updates) return render_package_updates;
    if (type == event_type::fencing) return render_fencing;
    if (type == event_type::replication) return render_replication;
    if (type == event_type::vzdump) return render_vzdump;
    return nullptr;
}

}  // namespace

bool is_known_type(std::string_view type) {
    return renderer_of(type) != nullptr;
}

Severity default_severity(std::string_view type) {
    const bool bad_news = type == event_type::fencing || type == event_type::replication;
    return bad_news ? Severity::error : Severity::info;
}

Result<Rendered> render(std::string_view type, std::string_view data,
                        const std::map<std::string, std::string>& overrides,
                        const std::string& node) {
    auto object = parse_object(data);
    if (!object) return fail(object.error());
    DataReader reader(*object, "data", &overrides);
    Rendered rendered = renderer_of(type)(reader, node);
    if (!reader.error().empty()) return fail(Code::invalid_argument, reader.error());
    return rendered;
}

std::vector<std::pair<std::string, std::string>> packages_of(std::string_view data) {
    std::vector<std::pair<std::string, std::string>> packages;
    auto object = parse_object(data);
    if (!object) return packages;
    DataReader reader(*object, "data");
    each_row(reader, "updates", [&](DataReader& row) {
        packages.emplace_back(row.required_text("name"), row.required_text("new"));
    });
    return packages;
}

Result<void> check_object(std::string_view data) {
    auto object = parse_object(data);
    if (!object) return fail(object.error());
    return {};
}

}  // namespace pmx::notifier
