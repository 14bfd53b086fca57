#include "daemon/corosync_conf_plan.h"

#include <utility>

#include "schema/corosync_conf.h"
#include "schema/corosync_local_keys.h"

namespace pmx::daemon {
namespace {

using schema::CorosyncConf;

// Whether there is something newer, when both are right.
Result<bool> is_newer(const CorosyncConf& mounted, const CorosyncConf& own,
                      const std::string& path) {
    if (mounted.config_version() < own.config_version()) return false;
    if (mounted.config_version() == own.config_version()) {
        const bool same = schema::without_local_keys(mounted.sections()) ==
                          schema::without_local_keys(own.sections());
        if (same) return false;
        return fail(Code::version_mismatch,
                    "it differs from " + path + ", but its config_version, " +
                        std::to_string(mounted.config_version()) +
                        ", has not grown: change it in the mount, with a higher one");
    }
    if (mounted.cluster_name() == own.cluster_name()) return true;
    return fail(Code::invalid_argument, "it is of cluster " + mounted.cluster_name() + ", but " +
                                            path + " of cluster " + own.cluster_name());
}

// The mount's own text, with its comments, where the node has nothing to add or leave out.
std::string text_for(std::string_view mounted, const CorosyncConf& conf,
                     const std::optional<std::string>& own) {
    const auto own_file = schema::parse_corosync_sections(own.value_or("")).values;
    const auto merged = schema::with_local_keys_of(conf.sections(), own_file);
    if (merged == conf.sections()) return std::string(mounted);
    return corosync_sections_text(merged);
}

}  // namespace

Result<ConfPlan> plan_conf(std::string_view mounted, const ThisNode& node) {
    const auto parsed = schema::parse_corosync_conf(mounted);
    if (!parsed.problems.empty()) {
        return fail(Code::invalid_argument, to_string(parsed.problems.front()));
    }
    const CorosyncConf& conf = parsed.values;
    ConfPlan plan;
    plan.left_out = schema::local_key_problems(conf.sections());
    // One that is missing or not right is older than any.
    if (node.conf_text) {
        const auto own = schema::parse_corosync_conf(*node.conf_text);
        if (own.problems.empty()) {
            const auto newer = is_newer(conf, own.values, node.conf_path);
            if (!newer) return fail(newer.error());
            if (!*newer) return plan;
        }
    }
    const schema::CorosyncNode* self = conf.find(node.name);
    if (self == nullptr) {
        plan.step = ConfStep::removed;
        return plan;
    }
    if (self->id != node.id.value) {
        return fail(Code::invalid_argument,
                    "it gives this node, " + node.name + ", the id " + std::to_string(self->id) +
                        ", which is not its id, " + std::to_string(node.id.value));
    }
    plan.step = ConfStep::install;
    plan.text = text_for(mounted, conf, node.conf_text);
    return plan;
}

}  // namespace pmx::daemon
