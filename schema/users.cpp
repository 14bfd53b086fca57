#include "schema/users.h"

#include <algorithm>
#include <limits>

#include "schema/colon_lines.h"
#include "schema/values.h"

namespace pmx::schema {

namespace {

using Fields = std::vector<std::string_view>;

constexpr std::int64_t max_expire_s = std::numeric_limits<std::int64_t>::max();

bool is_name(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '-' || c == '_';
    });
}

// "/a//b/" is "/a/b"; nothing when it is no path.
std::optional<std::string> normal_path(std::string_view text) {
    if (!text.starts_with('/')) return std::nullopt;
    std::string path;
    for (const char c : text) {
        if (c == '/' && path.ends_with('/')) continue;
        path += c;
    }
    if (path.size() > 1 && path.ends_with('/')) path.pop_back();
    return path;
}

class UsersReader {
  public:
    UsersReader(std::string file, std::string_view text) : file_(std::move(file)), lines_(text) {}

    Parsed<Users> read() {
        for (std::size_t i = 0; i < lines_.size(); ++i) {
            number_ = static_cast<int>(i + 1);
            const Fields fields = split_colon_line(lines_.line(i));
            if (fields.empty()) continue;
            if (has_control_characters(trim(lines_.line(i)))) {
                report("control character");
            } else {
                read_line(fields);
            }
        }
        check_references();
        std::stable_sort(problems().begin(), problems().end(),
                         [](const Problem& a, const Problem& b) { return a.line < b.line; });
        return std::move(result_);
    }

  private:
    void read_line(const Fields& fields) {
        const std::string_view kind = fields.front();
        if (kind == "user") {
            read_user(fields);
        } else if (kind == "group") {
            read_group(fields);
        } else if (kind == "token") {
            read_token(fields);
        } else if (kind == "role") {
            read_role(fields);
        } else if (kind == "acl") {
            read_acl(fields);
        } else if (kind != "pool") {
            report("expected user, group, token, role, pool or acl");
        }
    }

    // What older files lack at the end of a line is empty.
    static std::string_view field(const Fields& fields, std::size_t index) {
        return index < fields.size() ? fields[index] : std::string_view{};
    }

    static std::string text(const Fields& fields, std::size_t index) {
        return std::string(field(fields, index));
    }

    std::optional<std::int64_t> expire(const Fields& fields, std::size_t index) {
        const std::string_view value = field(fields, index);
        if (value.empty()) return 0;
        const auto expire_s = parse_number(value, max_expire_s);
        if (!expire_s) report("expire must be seconds since 1970, or 0");
        return expire_s;
    }

    std::optional<bool> flag(const Fields& fields, std::size_t index, bool otherwise,
                             std::string_view name) {
        const std::string_view value = field(fields, index);
        if (value.empty()) return otherwise;
        if (value == "1" || value == "0") return value == "1";
        report(std::string(name) + " must be 1 or 0");
        return std::nullopt;
    }

    void read_user(const Fields& fields) {
        User user;
        user.id = text(fields, 1);
        if (!is_user_id(user.id)) return report("user: the id must be name@realm");
        const auto enabled = flag(fields, 2, false, "enable");
        const auto expire_s = expire(fields, 3);
        if (!enabled || !expire_s) return;
        user.enabled = *enabled;
        user.expire_s = *expire_s;
        user.first_name = text(fields, 4);
        user.last_name = text(fields, 5);
        user.email = text(fields, 6);
        user.comment = text(fields, 7);
        if (!values().users.try_emplace(user.id, user).second) {
            report("user '" + user.id + "' is there twice, the first one counts");
        }
    }

    void read_group(const Fields& fields) {
        const std::string name = text(fields, 1);
        if (!is_name(name)) return report("group: not a name");
        const auto [group, is_new] = values().groups.try_emplace(name);
        if (!is_new) return report("group '" + name + "' is there twice, the first one counts");
        for (const std::string& member : split_list(field(fields, 2))) {
            if (is_user_id(member)) {
                group->second.insert(member);
                want_user("group '" + name + "'", member);
            } else {
                report("group '" + name + "': a member must be name@realm");
            }
        }
    }

    void read_token(const Fields& fields) {
        const auto id = parse_caller(field(fields, 1));
        if (!id || id->token.empty()) return report("token: the id must be name@realm!token");
        const auto expire_s = expire(fields, 2);
        const auto separated = flag(fields, 3, true, "privsep");
        if (!expire_s || !separated) return;
        const std::string name = to_string(*id);
        const Token token{id->user, id->token, *expire_s, *separated, text(fields, 4)};
        want_user("token '" + name + "'", token.owner);
        if (!values().tokens.try_emplace(name, token).second) {
            report("token '" + name + "' is there twice, the first one counts");
        }
    }

    void read_role(const Fields& fields) {
        const std::string name = text(fields, 1);
        if (!is_name(name)) return report("role: not a name");
        if (built_in_role(name) != nullptr) {
            return report("role '" + name + "' is built in and cannot be changed");
        }
        const auto [role, is_new] = values().roles.try_emplace(name);
        if (!is_new) return report("role '" + name + "' is there twice, the first one counts");
        for (std::string& privilege : split_list(field(fields, 2))) {
            if (is_name(privilege)) {
                role->second.insert(std::move(privilege));
            } else {
                report("role '" + name + "': not a privilege");
            }
        }
    }

    // An entry with an unknown role stays: it takes away what comes from above.
    void read_acl(const Fields& fields) {
        const auto propagate = flag(fields, 1, false, "propagate");
        if (!propagate) return;
        const auto path = normal_path(field(fields, 2));
        if (!path) return report("acl: the path must start with '/'");
        const std::vector<std::string> subjects = split_list(field(fields, 3));
        const std::vector<std::string> roles = split_list(field(fields, 4));
        if (subjects.empty() || roles.empty()) return report("acl: needs subjects and roles");
        for (const std::string& role : roles)
            wanted_roles_.push_back({number_, "acl", role});
        for (const std::string& subject : subjects) {
            AclEntry entry{*propagate, *path, SubjectKind::user, subject, ""};
            if (!classify(entry)) {
                report("acl: a subject must be name@realm, @group or name@realm!token");
                continue;
            }
            for (const std::string& role : roles) {
                entry.role = role;
                values().acl.push_back(entry);
            }
        }
    }

    bool classify(AclEntry& entry) {
        if (entry.subject.starts_with('@')) {
            entry.kind = SubjectKind::group;
            entry.subject.erase(0, 1);
            wanted_groups_.push_back({number_, "acl", entry.subject});
            return is_name(entry.subject);
        }
        const auto caller = parse_caller(entry.subject);
        if (!caller) return false;
        if (!caller->token.empty()) {
            entry.kind = SubjectKind::token;
            wanted_tokens_.push_back({number_, "acl", entry.subject});
        } else {
            want_user("acl", entry.subject);
        }
        return true;
    }

    struct Wanted {
        int line;
        std::string by;
        std::string name;
    };

    void want_user(std::string by, std::string name) {
        wanted_users_.push_back({number_, std::move(by), std::move(name)});
    }

    // After all lines, which may come in any order.
    void check_references() {
        const Users& users = values();
        check(wanted_users_, "user", [&](const std::string& name) {
            return name == root_user || users.users.contains(name);
        });
        check(wanted_groups_, "group",
              [&](const std::string& name) { return users.groups.contains(name); });
        check(wanted_tokens_, "token",
              [&](const std::string& name) { return users.tokens.contains(name); });
        check(wanted_roles_, "role", [&](const std::string& name) {
            return built_in_role(name) != nullptr || users.roles.contains(name);
        });
    }

    template <typename Exists>
    void check(const std::vector<Wanted>& wanted, std::string_view kind, Exists exists) {
        for (const auto& [line, by, name] : wanted) {
            if (exists(name)) continue;
            number_ = line;
            std::string reason = by + ": ";
            reason.append(kind).append(" '").append(name).append("' does not exist");
            report(std::move(reason));
        }
    }

    void report(std::string reason) { problems().push_back({file_, number_, std::move(reason)}); }
    Users& values() { return result_.values; }
    std::vector<Problem>& problems() { return result_.problems; }

    std::string file_;
    TextLines lines_;
    int number_ = 0;
    std::vector<Wanted> wanted_users_;
    std::vector<Wanted> wanted_groups_;
    std::vector<Wanted> wanted_tokens_;
    std::vector<Wanted> wanted_roles_;
    Parsed<Users> result_;
};

}  // namespace

Parsed<Users> parse_users(std::string file, std::string_view text) {
    return UsersReader(std::move(file), text).read();
}

}  // namespace pmx::schema
