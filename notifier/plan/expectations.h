// What is expected to come, and did not: silence is not success.
//
// Pure. Who keeps the watches: makes one where an expectation has none (watched_since_s is now),
// sets seen_s at each event that fulfils it, told_s when a miss was told, and drops those whose
// expectation is gone or disabled.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "notifier/model/event.h"
#include "schema/notifications.h"

namespace pmx::notifier {

struct Watch {
    std::int64_t watched_since_s = 0;
    std::optional<std::int64_t> seen_s;  // when the expected last came
    std::optional<std::int64_t> told_s;  // when its missing was last told
    friend bool operator==(const Watch&, const Watch&) = default;
};
using Watches = std::map<std::string, Watch>;  // by the expectation's name

// Whether this event is the expected one, whatever its severity: a failure is told by itself.
bool fulfils(const schema::Expectation& expectation, const Event& event);

struct Overdue {
    schema::Expectation expectation;
    std::int64_t waiting_since_s = 0;  // when it last came, or since when it is watched
    bool ever_seen = false;
    friend bool operator==(const Overdue& a, const Overdue& b) {
        return a.expectation.name == b.expectation.name && a.waiting_since_s == b.waiting_since_s &&
               a.ever_seen == b.ever_seen;
    }
};

// In the order configured. Told once a miss: again only when another period has passed without it.
// An expectation without a watch is not overdue.
std::vector<Overdue> overdue(const std::vector<schema::Expectation>& expectations,
                             const Watches& watches, std::int64_t now_s);

// When overdue() may next have something new to say; nothing where nothing is expected.
std::optional<std::int64_t> next_check_s(const std::vector<schema::Expectation>& expectations,
                                         const Watches& watches);

// The event that tells of it, severity error. Its id is the same wherever the same miss is told.
Event missed_event(const Overdue& miss, const std::string& node, std::int64_t now_s);

}  // namespace pmx::notifier
