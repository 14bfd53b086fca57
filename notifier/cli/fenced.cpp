// fenced NODE: what fencing agents, stonith and HA managers say.
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <ctime>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json.h"
#include "base/unique_fd.h"
#include "notifier/cli/commands.h"
#include "notifier/cli/producers.h"
#include "notifier/cli/submit.h"
#include "notifier/mail/encode.h"
#include "schema/values.h"

namespace pmx::notifier {
namespace {

namespace po = boost::program_options;

// When this fencing was first told of, on any node: the time of priv/notify/NODE.fenced, which the
// first one makes and the daemons remove once it is over (notifier/cluster/member_watch.h).
Result<std::int64_t> first_told_s(const std::string& run, const std::string& node) {
    const std::string root = run + "/config";
    const std::string directory = root + "/priv/notify";
    const std::string path = directory + "/" + node + ".fenced";
    struct stat status {};
    // An empty mount point is no configuration: nothing is left behind below it.
    if (::stat((root + "/priv").c_str(), &status) != 0) {
        return fail_errno(errno, "no configuration at " + root);
    }
    if (auto made = make_directories(directory, 0700); !made) return fail(made.error());
    const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file && errno != EEXIST) return fail_errno(errno, "cannot create " + path);
    if (::stat(path.c_str(), &status) != 0) return fail_errno(errno, "cannot read " + path);
    return status.st_mtim.tv_sec;
}

// The same on every node that tells of it: one event of the cluster.
std::string incident_of(const std::string& run, const std::string& node, std::int64_t now_s) {
    const auto first_s = first_told_s(run, node);
    if (first_s) return std::to_string(*first_s);
    // Told once too often rather than never.
    std::cerr << "pmx-notify: whether another node tells of this fencing too cannot be seen: "
              << clean_line(first_s.error().message()) << "\n";
    return std::to_string(now_s);
}

}  // namespace

int run_fenced(const Subcommand& self, const CommonOptions& common,
               const std::vector<std::string>& words) {
    po::options_description options("Options");
    options.add_options()("status", text_option("TEXT"), "what happened")(
        "incident", text_option("ID"),
        "tells this fencing from another one of the node (default: until the node is back, all "
        "that is said is one fencing)");
    const auto parsed = parse_words(self, common, words, options);
    if (!parsed) return report(parsed.error());
    if (!*parsed) return exit_done;
    const auto& operands = (*parsed)->operands;
    if (operands.size() != 1 || !schema::is_host_label(operands.front())) {
        return report(Error(Code::invalid_argument, "fenced: name one node"));
    }
    const std::string& node = operands.front();
    EventRequest request;
    request.type = event_type::fencing;
    request.cluster = true;
    request.timestamp_s = ::time(nullptr);
    const auto incident = (*parsed)->text("incident");
    request.id =
        "fenced-" + node + "-" +
        (incident ? *incident : incident_of((*parsed)->common.run, node, request.timestamp_s));
    nlohmann::json data = {{"node", node}};
    if (const auto status = (*parsed)->text("status")) data["status"] = *status;
    request.data = compact_text(data);
    return submit_and_print((*parsed)->common, std::move(request));
}

}  // namespace pmx::notifier
