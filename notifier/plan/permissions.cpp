#include "notifier/plan/permissions.h"

#include <algorithm>

namespace pmx::notifier {

namespace privilege = schema::privilege;

namespace {

std::optional<Refusal> require(const schema::Users& users, const Caller& caller,
                               std::string_view name, std::int64_t now_s,
                               std::initializer_list<std::string_view> one_of) {
    std::string path = acl_path(name);
    std::string names;
    for (const std::string_view wanted : one_of) {
        if (schema::allowed(users, caller, path, wanted, now_s)) return std::nullopt;
        if (!names.empty()) names += " or ";
        names += wanted;
    }
    return Refusal{std::move(path), std::move(names)};
}

}  // namespace

std::string acl_path(std::string_view name) {
    const std::string root = "/mapping/notification";
    return name.empty() ? root : root + "/" + std::string(name);
}

std::string to_string(const Refusal& refusal, const Caller& caller) {
    return schema::to_string(caller) + " lacks " + refusal.privilege + " on " + refusal.path;
}

std::optional<Refusal> may_use(const schema::Users& users, const Caller& caller,
                               std::string_view name, std::int64_t now_s) {
    if (name == schema::mail_to_root) return std::nullopt;
    return require(users, caller, name, now_s, {privilege::mapping_use});
}

std::optional<Refusal> may_test(const schema::Users& users, const Caller& caller,
                                std::string_view name, std::int64_t now_s) {
    if (name == schema::mail_to_root) return std::nullopt;
    return require(users, caller, name, now_s,
                   {privilege::mapping_use, privilege::mapping_audit, privilege::mapping_modify});
}

std::optional<Refusal> may_read_configuration(const schema::Users& users, const Caller& caller,
                                              std::string_view name, std::int64_t now_s) {
    return require(users, caller, name, now_s, {privilege::mapping_audit});
}

std::optional<Refusal> may_change_configuration(const schema::Users& users, const Caller& caller,
                                                std::string_view name, std::int64_t now_s) {
    return require(users, caller, name, now_s, {privilege::mapping_modify});
}

Result<Caller> resolve_caller(std::uint32_t uid, std::string_view local_name,
                              const std::optional<std::string>& act_as) {
    if (!act_as) return schema::caller_of_local_user(uid, local_name);
    if (uid != 0) return fail(Code::access_denied, "only root may act for somebody else (--as)");
    return schema::parse_caller(*act_as);
}

}  // namespace pmx::notifier
