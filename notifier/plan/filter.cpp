#include "notifier/plan/filter.h"

namespace pmx::notifier {

namespace {

Severity to_severity(schema::MinSeverity severity) {
    switch (severity) {
        case schema::MinSeverity::info:
            return Severity::info;
        case schema::MinSeverity::notice:
            return Severity::notice;
        case schema::MinSeverity::warning:
            return Severity::warning;
        case schema::MinSeverity::error:
            return Severity::error;
    }
    return Severity::info;
}

}  // namespace

// With one matcher `and` and `or` are the same; without, the one is true and the other false.
bool passes(const schema::Filter& filter, Severity severity) {
    const bool matches = filter.min_severity ? severity >= to_severity(*filter.min_severity)
                                             : filter.mode == schema::FilterMode::all;
    return matches != filter.invert_match;
}

std::string explain(const schema::Filter& filter, Severity severity) {
    std::string text = "filter '" + filter.name + "' ";
    text += passes(filter, severity) ? "passes: " : "does not pass: ";
    if (filter.min_severity) {
        const Severity minimum = to_severity(*filter.min_severity);
        text += to_string(severity);
        text += severity >= minimum ? " >= " : " < ";
        text += to_string(minimum);
    } else {
        text += "it has no matcher, mode ";
        text += filter.mode == schema::FilterMode::all ? "and" : "or";
    }
    if (filter.invert_match) text += ", inverted";
    return text;
}

}  // namespace pmx::notifier
