// What came of one attempt at a delivery.
#pragma once

#include <cstdint>
#include <string>

namespace pmx::notifier {

enum class OutcomeKind : std::uint8_t {
    delivered,
    retry,        // may succeed later
    permanent,    // trying again cannot help
    interrupted,  // the daemon stops: as if it had not been tried
};

struct Outcome {
    OutcomeKind kind = OutcomeKind::retry;
    std::string reason;  // one line for people, never a secret; empty where delivered

    static Outcome delivered() { return {OutcomeKind::delivered, {}}; }
    static Outcome retry(std::string reason) { return {OutcomeKind::retry, std::move(reason)}; }
    static Outcome permanent(std::string reason) {
        return {OutcomeKind::permanent, std::move(reason)};
    }
    static Outcome interrupted() { return {OutcomeKind::interrupted, "the daemon stopped"}; }
};

}  // namespace pmx::notifier
