#include "notifier/model/event.h"

namespace pmx::notifier {

std::string_view to_string(Severity severity) {
    switch (severity) {
        case Severity::info:
            return "info";
        case Severity::notice:
            return "notice";
        case Severity::warning:
            return "warning";
        case Severity::error:
            return "error";
    }
    return "error";
}

std::optional<Severity> parse_severity(std::string_view text) {
    for (Severity severity :
         {Severity::info, Severity::notice, Severity::warning, Severity::error}) {
        if (text == to_string(severity)) return severity;
    }
    return std::nullopt;
}

}  // namespace pmx::notifier
