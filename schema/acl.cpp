// Who may do what, by the ACLs of users.cfg.
#include <algorithm>

#include "schema/mail_address.h"
#include "schema/users.h"

namespace pmx::schema {

namespace {

using Roles = std::set<std::string_view>;

// Whose entries count at a node, in this order: the first that has any decides.
struct Subject {
    std::string_view token;  // user!token, or empty
    std::string_view user;   // empty: only the token's own entries
};

bool counts(const AclEntry& entry, std::string_view node, std::string_view path) {
    return entry.path == node && (entry.propagate || node == path);
}

bool is_in_group(const Users& users, std::string_view user, std::string_view group) {
    const auto found = users.groups.find(group);
    return found != users.groups.end() && found->second.contains(user);
}

Roles roles_at_node(const Users& users, const Subject& subject, std::string_view node,
                    std::string_view path) {
    Roles token_roles;
    Roles user_roles;
    Roles group_roles;
    for (const AclEntry& entry : users.acl) {
        if (!counts(entry, node, path)) continue;
        if (entry.kind == SubjectKind::token && entry.subject == subject.token) {
            token_roles.insert(entry.role);
        } else if (entry.kind == SubjectKind::user && entry.subject == subject.user) {
            user_roles.insert(entry.role);
        } else if (entry.kind == SubjectKind::group &&
                   is_in_group(users, subject.user, entry.subject)) {
            group_roles.insert(entry.role);
        }
    }
    if (!token_roles.empty()) return token_roles;
    return user_roles.empty() ? group_roles : user_roles;
}

// "/", "/a", "/a/b" for "/a/b".
std::vector<std::string_view> nodes_to(std::string_view path) {
    std::vector<std::string_view> nodes = {"/"};
    for (std::size_t slash = path.find('/', 1); path.size() > 1;
         slash = path.find('/', slash + 1)) {
        nodes.push_back(path.substr(0, slash));
        if (slash == std::string_view::npos) break;
    }
    return nodes;
}

bool has_privilege(const Users& users, std::string_view role, std::string_view privilege) {
    if (role == administrator_role) return true;
    if (const auto* privileges = built_in_role(role)) return privileges->contains(privilege);
    const auto found = users.roles.find(role);
    return found != users.roles.end() && found->second.contains(privilege);
}

bool granted(const Users& users, const Subject& subject, std::string_view path,
             std::string_view privilege) {
    Roles roles;
    for (const std::string_view node : nodes_to(path)) {
        Roles here = roles_at_node(users, subject, node, path);
        if (!here.empty()) roles = std::move(here);
    }
    if (roles.contains(no_access_role)) return false;
    return std::any_of(roles.begin(), roles.end(), [&](std::string_view role) {
        return has_privilege(users, role, privilege);
    });
}

bool is_over(std::int64_t expire_s, std::int64_t now_s) {
    return expire_s != 0 && expire_s <= now_s;
}

bool is_active(const Users& users, std::string_view user, std::int64_t now_s) {
    const auto found = users.users.find(user);
    if (found == users.users.end()) return user == root_user;
    return found->second.enabled && !is_over(found->second.expire_s, now_s);
}

bool user_allowed(const Users& users, std::string_view user, std::string_view path,
                  std::string_view privilege, std::int64_t now_s) {
    if (user == root_user) return true;
    return is_active(users, user, now_s) && granted(users, {"", user}, path, privilege);
}

}  // namespace

bool allowed(const Users& users, const Caller& caller, std::string_view path,
             std::string_view privilege, std::int64_t now_s) {
    if (!path.starts_with('/')) return false;
    while (path.size() > 1 && path.ends_with('/'))
        path.remove_suffix(1);
    if (!user_allowed(users, caller.user, path, privilege, now_s)) return false;
    if (caller.token.empty()) return true;

    const std::string id = to_string(caller);
    const auto token = users.tokens.find(id);
    if (token == users.tokens.end() || is_over(token->second.expire_s, now_s)) return false;
    if (!is_active(users, caller.user, now_s)) return false;
    if (token->second.privilege_separation) return granted(users, {id, ""}, path, privilege);
    return caller.user == root_user || granted(users, {id, caller.user}, path, privilege);
}

std::optional<std::string> why_no_mail(const Users& users, std::string_view user_id,
                                       std::int64_t now_s) {
    const auto found = users.users.find(user_id);
    if (found == users.users.end()) return "unknown user";
    const User& user = found->second;
    if (!user.enabled) return "disabled";
    if (is_over(user.expire_s, now_s)) return "expired";
    if (user.email.empty()) return "no e-mail address";
    if (!is_mail_address(user.email)) return "unusable e-mail address";
    return std::nullopt;
}

}  // namespace pmx::schema
