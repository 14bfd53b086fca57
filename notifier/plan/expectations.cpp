#include "notifier/plan/expectations.h"

#include <algorithm>

#include "notifier/plan/matcher.h"

namespace pmx::notifier {

namespace {

std::int64_t waiting_since_s(const Watch& watch) {
    return std::max(watch.watched_since_s, watch.seen_s.value_or(watch.watched_since_s));
}

// When it is missed if it does not come before.
std::int64_t due_s(const schema::Expectation& expectation, const Watch& watch) {
    const std::int64_t since = waiting_since_s(watch);
    return std::max(since, watch.told_s.value_or(since)) + expectation.within_s;
}

// "26 h", "45 min".
std::string span(std::int64_t seconds) {
    constexpr std::int64_t minute = 60;
    constexpr std::int64_t hour = 60 * minute;
    if (seconds % hour == 0) return std::to_string(seconds / hour) + " h";
    if (seconds % minute == 0) return std::to_string(seconds / minute) + " min";
    return std::to_string(seconds) + " s";
}

std::string described(const schema::Expectation& expectation) {
    std::string text = expectation.type;
    for (const schema::FieldRule& rule : expectation.fields)
        text += " " + rule.text;
    return text;
}

}  // namespace

bool fulfils(const schema::Expectation& expectation, const Event& event) {
    return event.type == expectation.type &&
           std::all_of(expectation.fields.begin(), expectation.fields.end(),
                       [&](const schema::FieldRule& rule) { return matches(rule, event); });
}

std::vector<Overdue> overdue(const std::vector<schema::Expectation>& expectations,
                             const Watches& watches, std::int64_t now_s) {
    std::vector<Overdue> misses;
    for (const schema::Expectation& expectation : expectations) {
        const auto found = watches.find(expectation.name);
        if (expectation.disable || found == watches.end()) continue;
        const Watch& watch = found->second;
        if (now_s < due_s(expectation, watch)) continue;
        misses.push_back({expectation, waiting_since_s(watch), watch.seen_s.has_value()});
    }
    return misses;
}

std::optional<std::int64_t> next_check_s(const std::vector<schema::Expectation>& expectations,
                                         const Watches& watches) {
    std::optional<std::int64_t> next;
    for (const schema::Expectation& expectation : expectations) {
        const auto found = watches.find(expectation.name);
        if (expectation.disable || found == watches.end()) continue;
        const std::int64_t due = due_s(expectation, found->second);
        next = std::min(next.value_or(due), due);
    }
    return next;
}

Event missed_event(const Overdue& miss, const std::string& node, std::int64_t now_s) {
    const schema::Expectation& expectation = miss.expectation;
    const std::int64_t periods =
        std::max<std::int64_t>(1, (now_s - miss.waiting_since_s) / expectation.within_s);
    Event event;
    event.id = "expectation-missed-" + expectation.name + "-" +
               std::to_string(miss.waiting_since_s + periods * expectation.within_s);
    event.type = event_type::expectation_missed;
    event.severity = Severity::error;
    event.title =
        "Expected '" + expectation.name + "' did not come within " + span(expectation.within_s);
    event.body = "Expected was: " + described(expectation) + "\n" +
                 (miss.ever_seen ? "It last came " : "It never came, and was awaited for ") +
                 span(now_s - miss.waiting_since_s) + (miss.ever_seen ? " ago.\n" : ".\n");
    if (!expectation.comment.empty()) event.body += "\n" + expectation.comment + "\n";
    event.fields = {{"hostname", node}, {"expectation", expectation.name}};
    event.timestamp_s = now_s;
    event.node = node;
    event.target = expectation.target;
    return event;
}

}  // namespace pmx::notifier
