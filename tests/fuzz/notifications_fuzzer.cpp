// Any bytes as the two files, divided at the first 0xff: what is in force stays in force when
// the file breaks, and the private file is not quoted.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "schema/notifications.h"

namespace schema = pmx::schema;

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const std::size_t middle = std::min(bytes.find('\xff'), bytes.size());
    const std::string_view shared = bytes.substr(0, middle);
    const std::string_view secret = bytes.substr(std::min(middle + 1, bytes.size()));

    const auto parsed = schema::parse_notifications(shared, secret);
    const auto now = schema::in_force(parsed, {});
    PMX_CHECK(now.good.size() == parsed.states.good.size(), "nothing can come from before");
    PMX_CHECK(now.values.targets.size() + now.values.filters.size() == now.good.size(),
              "a good section has no value, or two");

    // The same sections again, from what was kept of them.
    const auto kept = schema::in_force(schema::unreadable_notifications("x"), now.good);
    PMX_CHECK(kept.good == now.good, "what was kept is not good");
    PMX_CHECK(kept.values.targets.size() == now.values.targets.size(), "a target was lost");

    for (const schema::Target& target : now.values.targets) {
        const auto* gotify = std::get_if<schema::GotifyTarget>(&target.settings);
        if (gotify == nullptr || gotify->token.size() < 8) continue;
        if (shared.find(gotify->token) != std::string_view::npos) continue;
        for (const schema::Problem& problem : parsed.problems) {
            PMX_CHECK(problem.reason.find(gotify->token) == std::string::npos, "a token is shown");
        }
    }
    (void)schema::check_notifications(shared);
    (void)schema::check_private_notifications(secret);
    return 0;
}
