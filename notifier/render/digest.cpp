#include "notifier/render/digest.h"

#include <algorithm>

#include "base/check.h"
#include "notifier/render/document.h"
#include "notifier/render/human.h"

namespace pmx::notifier {
namespace {

std::string number_of(std::size_t count, std::string_view noun) {
    return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

// "2 errors, 1 warning", the worst first.
std::string severities(const std::vector<Event>& events) {
    std::string text;
    for (Severity severity :
         {Severity::error, Severity::warning, Severity::notice, Severity::info}) {
        const auto count = static_cast<std::size_t>(
            std::count_if(events.begin(), events.end(),
                          [&](const Event& event) { return event.severity == severity; }));
        if (count == 0) continue;
        if (!text.empty()) text += ", ";
        text += severity == Severity::info ? std::to_string(count) + " info"
                                           : number_of(count, to_string(severity));
    }
    return text;
}

// The beginning, at a character's end.
std::string beginning(const std::string& text) {
    if (text.size() <= max_digest_text_bytes) return text;
    std::size_t end = max_digest_text_bytes;
    while (end > 0 && (text[end] & 0xC0) == 0x80)
        --end;
    return text.substr(0, end) + "\n[... the rest is left out ...]";
}

void list(Document& document, const std::vector<Event>& events) {
    std::vector<std::vector<std::string>> rows;
    for (std::size_t at = 0; at < std::min(events.size(), max_digest_rows); ++at) {
        const Event& event = events[at];
        rows.push_back({human_time(event.timestamp_s), std::string(to_string(event.severity)),
                        event.node, event.title});
    }
    document.table({"Time", "Severity", "Node", "Title"}, rows);
    if (events.size() > rows.size()) {
        document.paragraph("... and " + std::to_string(events.size() - rows.size()) +
                           " more, which `pmx-notify history` shows.");
    }
}

// The texts, as long as there is room.
void tell(Document& document, const std::vector<Event>& events) {
    std::size_t told = 0;
    for (const Event& event : events) {
        if (event.body.empty()) continue;
        const std::string text = beginning(event.body);
        told += event.title.size() + text.size();
        if (told > max_digest_bytes) {
            document.paragraph("The texts of the others are left out.");
            return;
        }
        document.heading(event.title);
        document.preformatted(text);
    }
}

}  // namespace

Event render_digest(const std::string& target, const std::vector<Event>& events) {
    PMX_CHECK(!events.empty(), "a digest of nothing");
    Event digest;
    digest.type = digest_type;
    for (const Event& event : events)
        digest.severity = std::max(digest.severity, event.severity);
    digest.title = number_of(events.size(), "notification") + " (" + severities(events) + ")";
    digest.fields = {{"target", target}, {"events", std::to_string(events.size())}};
    Document document(digest.title);
    document.paragraph("What was held back for target '" + target + "':");
    list(document, events);
    tell(document, events);
    digest.body = document.text();
    digest.html = document.html();
    return digest;
}

}  // namespace pmx::notifier
