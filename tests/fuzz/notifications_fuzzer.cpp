// Any bytes as the two files, divided at the first 0xff: what is in force stays in force when
// the file breaks, and the private file is not quoted.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "schema/notifications.h"

namespace schema = pmx::schema;

namespace {

std::vector<std::string> secrets_of(const schema::Target& target) {
    std::vector<std::string> secrets;
    if (const auto* gotify = std::get_if<schema::GotifyTarget>(&target.settings)) {
        secrets.push_back(gotify->token);
    } else if (const auto* smtp = std::get_if<schema::SmtpTarget>(&target.settings)) {
        secrets.push_back(smtp->password.value_or(""));
    } else if (const auto* webhook = std::get_if<schema::WebhookTarget>(&target.settings)) {
        for (const schema::NamedValue& secret : webhook->secrets)
            secrets.push_back(secret.value);
    }
    return secrets;
}

// What is held back must come out within the week.
void check_quiet_hours(const schema::Target& target) {
    if (!target.quiet_hours) return;
    for (int weekday = 0; weekday < 7; ++weekday) {
        const auto left = target.quiet_hours->seconds_until_end({weekday, 0});
        PMX_CHECK(left >= 0 && left < schema::seconds_of_week, "quiet hours without an end");
    }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const std::size_t middle = std::min(bytes.find('\xff'), bytes.size());
    const std::string_view shared = bytes.substr(0, middle);
    const std::string_view secret = bytes.substr(std::min(middle + 1, bytes.size()));

    const auto parsed = schema::parse_notifications(shared, secret);
    const auto now = schema::in_force(parsed, {});
    PMX_CHECK(now.good.size() == parsed.states.good.size(), "nothing can come from before");
    PMX_CHECK(now.values.targets.size() + now.values.filters.size() + now.values.matchers.size() +
                      now.values.expectations.size() ==
                  now.good.size(),
              "a good section has no value, or two");

    // The same sections again, from what was kept of them.
    const auto kept = schema::in_force(schema::unreadable_notifications("x"), now.good);
    PMX_CHECK(kept.good == now.good, "what was kept is not good");
    PMX_CHECK(kept.values.targets.size() == now.values.targets.size(), "a target was lost");
    PMX_CHECK(kept.values.matchers.size() == now.values.matchers.size(), "a matcher was lost");

    for (const schema::Target& target : now.values.targets) {
        for (const std::string& word : secrets_of(target)) {
            if (word.size() < 8 || shared.find(word) != std::string_view::npos) continue;
            for (const schema::Problem& problem : parsed.problems)
                PMX_CHECK(problem.reason.find(word) == std::string::npos, "a secret is shown");
        }
        check_quiet_hours(target);
    }
    (void)schema::check_notifications(shared);
    (void)schema::check_private_notifications(secret);
    return 0;
}
