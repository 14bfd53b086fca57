// Any bytes as users.cfg: root may all, a token no more than its owner, a rewrite keeps the rest.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "schema/users.h"

namespace schema = pmx::schema;

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto users = schema::parse_users("users.cfg", text).values;
    constexpr std::string_view path = "/mapping/notification/admins";
    const auto may = [&](const schema::Caller& caller) {
        return schema::allowed(users, caller, path, schema::privilege::mapping_use, 1000);
    };
    PMX_CHECK(may({"root@pam", ""}), "root was refused");
    PMX_CHECK(!may({"no such user@pam", ""}), "a stranger was allowed");
    for (const auto& [id, token] : users.tokens) {
        PMX_CHECK(!may({token.owner, token.name}) || may({token.owner, ""}),
                  "a token has more than its owner");
    }
    for (const auto& [id, user] : users.users) {
        const auto caller = schema::parse_caller(id);
        PMX_CHECK(caller && schema::to_string(*caller) == id, "a user's id is not read back");
        PMX_CHECK(user.enabled || id == schema::root_user || !may(*caller), "a disabled user may");
        (void)schema::why_no_mail(users, id, 1000);
    }

    schema::UsersDocument document(text);
    PMX_CHECK(document.text() == text, "the text was not kept");
    PMX_CHECK(document.set("user", {"new@pve", "1", "0"}).has_value(), "a user cannot be set");
    const auto after = schema::parse_users("users.cfg", document.text()).values;
    PMX_CHECK(after.users.contains("new@pve"), "a user that was set is not there");
    PMX_CHECK(after.tokens.size() == users.tokens.size(), "setting a user changed the tokens");
    PMX_CHECK(after.acl.size() == users.acl.size(), "setting a user changed the entries");
    return 0;
}
