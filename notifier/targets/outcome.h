// What came of one attempt at a delivery.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace pmx::notifier {

enum class OutcomeKind : std::uint8_t {
    delivered,
    retry,        // may succeed later
    permanent,    // trying again cannot help
    interrupted,  // the daemon stops: as if it had not been tried
};

struct Outcome {
    OutcomeKind kind = OutcomeKind::retry;
    std::string reason;  // one line for people, never a secret; delivered: what was answered
    // Of a mail that some recipients have and others do not: those others. What is left to deliver
    // is to them only. Empty: all or none have it.
    std::vector<std::string> remaining;
    // Retry: the server answered, and puts off recipients of this mail.
    bool of_recipients = false;

    static Outcome delivered(std::string answer = {}) {
        return {OutcomeKind::delivered, std::move(answer), {}, false};
    }
    static Outcome retry(std::string reason) {
        return {OutcomeKind::retry, std::move(reason), {}, false};
    }
    static Outcome permanent(std::string reason) {
        return {OutcomeKind::permanent, std::move(reason), {}, false};
    }
    static Outcome interrupted() {
        return {OutcomeKind::interrupted, "the daemon stopped", {}, false};
    }
};

}  // namespace pmx::notifier
