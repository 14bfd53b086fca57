#include "notifier/render/override.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json_nesting.h"
#include "notifier/render/human.h"
#include "notifier/render/render.h"
#include "notifier/render/template_helpers.h"

namespace pmx::notifier {
namespace {

using nlohmann::json;

constexpr std::string_view subject_end = "-subject.txt.hbs";
constexpr std::string_view text_end = "-body.txt.hbs";
constexpr std::string_view html_end = "-body.html.hbs";

// Deeper than any table; templates print and compare it by recursion.
constexpr std::size_t max_nesting = 32;

json column(const char* id, const char* label, const char* renderer = nullptr) {
    json made = {{"id", id}, {"label", label}};
    if (renderer != nullptr) made["renderer"] = renderer;
    return made;
}

// As the helper `table` takes it.
json table(json columns, json rows) {
    return {{"schema", {{"columns", std::move(columns)}}}, {"data", std::move(rows)}};
}

void set_default(json& data, const char* name, json value) {
    if (!data.contains(name) || data[name].is_null()) data[name] = std::move(value);
}

json member(const json& data, const char* name) {
    const auto found = data.find(name);
    return found == data.end() ? json() : *found;
}

std::uint64_t total_size(const json& rows) {
    std::uint64_t total = 0;
    for (const json& row : rows) {
        const json size = row.is_object() ? member(row, "size") : json();
        if (size.is_number_unsigned()) total += size.get<std::uint64_t>();
    }
    return total;
}

void add_backup(json& data, const Event& event) {
    const json rows = member(data, "guest-table");
    set_default(data, "error-message", member(data, "error"));
    data["status-text"] = event.severity == Severity::error ? "backup failed" : "backup successful";
    if (!rows.is_array()) return;
    set_default(data, "total-size", total_size(rows));
    data["guest-table"] =
        table({column("vmid", "VMID"), column("name", "Name"), column("status", "Status"),
               column("time", "Time", "duration"), column("size", "Size", "human-bytes"),
               column("filename", "Filename")},
              rows);
}

void add_updates(json& data) {
    const json rows = member(data, "updates");
    if (!rows.is_array()) return;
    data["updates"] = table(
        {column("name", "Package"), column("old", "Old Version"), column("new", "New Version")},
        rows);
    data["available-updates"] = data["updates"];
}

// What else the templates of Proxmox VE are given under these names.
void add_known(json& data, const Event& event) {
    if (event.type == event_type::vzdump) add_backup(data, event);
    if (event.type == event_type::package_updates) add_updates(data);
    if (event.type == event_type::replication) {
        set_default(data, "job-schedule", member(data, "schedule"));
        set_default(data, "failure-count", 1);
    }
    if (event.type == event_type::fencing) {
        set_default(data, "fence-status", member(data, "status"));
        set_default(data, "fence-timestamp", event.timestamp_s);
        set_default(data, "fence-prefix", "FENCE");
    }
}

Result<json> data_of(const EventRequest& request, const Event& event) {
    json data = json::object();
    if (!event.data.empty()) {
        if (json_nests_deeper_than(event.data, max_nesting)) {
            return fail(Code::invalid_argument, "the data of the event nest too deep");
        }
        data = json::parse(event.data, nullptr, false);
        if (!data.is_object()) return fail(Code::invalid_argument, "the data are no object");
    }
    for (const auto& [name, value] : request.fields)
        data[name] = value;
    add_known(data, event);
    const auto host = event.fields.find("hostname");
    set_default(data, "hostname", host == event.fields.end() ? event.node : host->second);
    set_default(data, "fqdn", data["hostname"]);
    set_default(data, "node", event.node);
    set_default(data, "type", event.type);
    set_default(data, "severity", to_string(event.severity));
    set_default(data, "title", event.title);
    set_default(data, "message", event.body);
    set_default(data, "timestamp", event.timestamp_s);
    data["fields"] = event.fields;
    return data;
}

struct Overriding {
    const std::string& type;
    const Result<json>& data;
    std::vector<TemplateFailure> failures;

    // What the template makes; nothing, and a failure, where it cannot.
    std::optional<std::string> text(const std::optional<Template>& from, std::string_view end,
                                    const TemplateSettings& settings) {
        if (!from) return std::nullopt;
        const auto made =
            data ? from->render(*data, settings) : Result<std::string>(fail(data.error()));
        if (made) return *made;
        failures.push_back({type + std::string(end), made.error().message()});
        return std::nullopt;
    }
};

}  // namespace

std::optional<Template>* template_place(TemplateOverrides& overrides, std::string_view file) {
    constexpr std::pair<std::string_view, std::optional<Template> TemplateTexts::*> places[] = {
        {subject_end, &TemplateTexts::subject},
        {text_end, &TemplateTexts::text},
        {html_end, &TemplateTexts::html}};
    for (const auto& [end, place] : places) {
        if (file.size() <= end.size() || !file.ends_with(end)) continue;
        return &(overrides[std::string(file.substr(0, file.size() - end.size()))].*place);
    }
    return nullptr;
}

std::vector<TemplateFailure> override_texts(const TemplateOverrides& overrides,
                                            const EventRequest& request, Event& event) {
    const auto found = overrides.find(event.type);
    if (found == overrides.end()) return {};
    const TemplateTexts& texts = found->second;
    const bool has_own = is_known_type(event.type);
    const Result<json> data = data_of(request, event);
    Overriding overriding{event.type, data, {}};
    if (!has_own || !request.title) {
        const auto made =
            overriding.text(texts.subject, subject_end, {text_helpers(), nullptr, max_field_bytes});
        if (made && event_title(*made).empty()) {
            overriding.failures.push_back(
                {event.type + std::string(subject_end), "the subject is empty"});
        } else if (made) {
            event.title = event_title(*made);
        }
    }
    if (has_own && request.body) return std::move(overriding.failures);
    // Both from what ours were.
    auto text = overriding.text(texts.text, text_end, {text_helpers(), nullptr, max_body_bytes});
    auto html =
        overriding.text(texts.html, html_end, {html_helpers(), html_escape, max_html_bytes});
    if (text) event.body = std::move(*text);
    if (html) event.html = std::move(*html);
    return std::move(overriding.failures);
}

}  // namespace pmx::notifier
