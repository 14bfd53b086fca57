// users.cfg: users, groups, roles, API tokens, pools and ACLs, and what they allow.
//
//   user:ID:enable:expire:first:last:email:comment:keys:
//   group:NAME:user,user:comment:
//   token:USER!NAME:expire:privsep:comment:
//   role:NAME:privilege,privilege:
//   pool:NAME:comment:vmids:storages:
//   acl:propagate:/path:user,@group,user!token:role,role:
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "schema/problem.h"
#include "schema/text_lines.h"

namespace pmx::schema {

inline constexpr std::string_view users_file = "users.cfg";
inline constexpr std::string_view users_file_of_proxmox =
    "user.cfg";  // where there is no users.cfg
inline constexpr std::string_view root_user = "root@pam";

namespace privilege {
inline constexpr std::string_view mapping_audit = "Mapping.Audit";
inline constexpr std::string_view mapping_modify = "Mapping.Modify";
inline constexpr std::string_view mapping_use = "Mapping.Use";
}  // namespace privilege

struct User {
    std::string id;  // name@realm
    bool enabled = true;
    std::int64_t expire_s = 0;  // seconds since 1970; 0: never
    std::string first_name;
    std::string last_name;
    std::string email;  // as written, unchecked; may be empty
    std::string comment;
};

struct Token {
    std::string owner;  // name@realm
    std::string name;
    std::int64_t expire_s = 0;
    bool privilege_separation = true;
    std::string comment;
};

enum class SubjectKind : std::uint8_t { user, group, token };

struct AclEntry {
    bool propagate = false;
    std::string path;  // "/", "/mapping/notification"; no slash at the end
    SubjectKind kind = SubjectKind::user;
    std::string subject;  // user id, group name, or user!token
    std::string role;     // a role that does not exist has no privileges
};

struct Users {
    std::map<std::string, User, std::less<>> users;
    std::map<std::string, std::set<std::string, std::less<>>, std::less<>> groups;  // members
    std::map<std::string, std::set<std::string, std::less<>>, std::less<>> roles;   // privileges
    std::map<std::string, Token, std::less<>> tokens;                               // user!name
    std::vector<AclEntry> acl;
};

// A line that does not parse is reported and left out; the others count.
Parsed<Users> parse_users(std::string file, std::string_view text);

// Who asks. Compared as text: make it with parse_caller() or caller_of_local_user().
struct Caller {
    std::string user;   // name@realm
    std::string token;  // name of the user's token, or empty: the user in person
    friend bool operator==(const Caller&, const Caller&) = default;
};

std::string to_string(const Caller& caller);  // user@realm or user@realm!token

// USER@REALM or USER@REALM!TOKEN; Code::invalid_argument otherwise.
Result<Caller> parse_caller(std::string_view text);
// uid 0 is root@pam, another local user NAME is NAME@pam; Code::invalid_argument where the name
// could be taken for somebody else (as `root` of another uid).
Result<Caller> caller_of_local_user(std::uint32_t uid, std::string_view name);

bool is_user_id(std::string_view text);

// root@pam may do everything; who is unknown, disabled or expired nothing; a token nothing that its
// owner may not at that moment.
bool allowed(const Users& users, const Caller& caller, std::string_view path,
             std::string_view privilege, std::int64_t now_s);

// Why a user is no recipient of mail: "unknown user", "disabled", "expired", "no e-mail address",
// "unusable e-mail address"; nothing when the user is one.
std::optional<std::string> why_no_mail(const Users& users, std::string_view user_id,
                                       std::int64_t now_s);

// The privileges of a role that is built in; nullptr when there is no such. `Administrator` is
// the one with a wildcard: it holds whatever privilege is asked for.
const std::set<std::string_view>* built_in_role(std::string_view name);
inline constexpr std::string_view administrator_role = "Administrator";
inline constexpr std::string_view no_access_role = "NoAccess";

// users.cfg to be edited: comments, order and what is not understood stay.
class UsersDocument {
  public:
    explicit UsersDocument(std::string_view text) : lines_(text) {}
    [[nodiscard]] std::string text() const { return lines_.text(); }

    // A line is known by its kind and its key: user, group, role, pool and token lines by their
    // first field, an acl line by path and subjects. Replaces the line, or adds it after the last
    // line of its kind (else at the end). Code::invalid_argument: a field has a colon or a control
    // character, or the kind is none of these.
    Result<void> set(std::string_view kind, const std::vector<std::string>& fields);
    // Code::not_found. `key` is the first field; for acl: path and subjects, "/path:subjects".
    Result<void> remove(std::string_view kind, std::string_view key);

  private:
    TextLines lines_;
};

}  // namespace pmx::schema
