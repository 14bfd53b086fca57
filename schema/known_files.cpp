#include "schema/known_files.h"

#include "schema/corosync_conf.h"
#include "schema/datacenter.h"
#include "schema/jobs.h"
#include "schema/notifications.h"
#include "schema/users.h"

namespace pmx::schema {

namespace {

bool is_users_file(std::string_view path) {
    return path == users_file || path == users_file_of_proxmox;
}

void append(std::vector<Problem>& problems, std::vector<Problem> more) {
    problems.insert(problems.end(), more.begin(), more.end());
}

}  // namespace

bool is_known_file(std::string_view path) {
    return path == notifications_file || path == private_notifications_file ||
           path == datacenter_file || path == jobs_file || path == corosync_conf_file ||
           is_users_file(path);
}

std::vector<Problem> check_file(std::string_view path, std::string_view text) {
    if (path == notifications_file) return check_notifications(text);
    if (path == private_notifications_file) return check_private_notifications(text);
    if (path == datacenter_file) return parse_datacenter(text).problems;
    if (path == jobs_file) return parse_jobs(text).problems;
    if (path == corosync_conf_file) return parse_corosync_conf(text).problems;
    if (is_users_file(path)) return parse_users(std::string(path), text).problems;
    return {};
}

std::vector<Problem> check_files(const std::map<std::string, std::string>& texts_by_path) {
    std::vector<Problem> problems;
    const auto shared = texts_by_path.find(std::string(notifications_file));
    const auto secret = texts_by_path.find(std::string(private_notifications_file));
    const bool is_pair = shared != texts_by_path.end() || secret != texts_by_path.end();
    if (is_pair) {
        append(problems, parse_notifications(
                             shared == texts_by_path.end() ? std::string_view{} : shared->second,
                             secret == texts_by_path.end() ? std::string_view{} : secret->second)
                             .problems);
    }
    for (const auto& [path, text] : texts_by_path) {
        if (path == notifications_file || path == private_notifications_file) continue;
        append(problems, check_file(path, text));
    }
    return problems;
}

}  // namespace pmx::schema
