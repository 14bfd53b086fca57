#include "control/explanation.h"

#include <algorithm>
#include <functional>

#include "control/standings.h"
#include "control/words.h"

namespace pmx::control {
namespace {

using Filter = std::function<bool(const Standing&)>;

std::uint64_t whole_seconds(std::chrono::nanoseconds time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time).count();
    return static_cast<std::uint64_t>(std::max<std::int64_t>(seconds, 0));
}

std::string since_when(const Standing& node, WallTime now) {
    if (!node.left) return "not seen since this daemon started";
    return "gone for " + duration_text(whole_seconds(now - *node.left));
}

class Explainer {
  public:
    Explainer(const ports::StoreStatus& status, WallTime now)
        : status_(status), now_(now), nodes_(standings(status)), quorum_(count_votes(nodes_)) {}

    std::string paragraph() {
        if (status_.replica.level > replica::highest_level) {
            newer_level();
        } else if (status_.identity.mode == ports::Mode::one_node) {
            say("The log has not opened yet: the daemon has just started, or its disk is slow.");
        } else if (quorum_.voters == 0) {
            not_founded();
        } else if (quorum_.here < quorum_.needed) {
            too_few();
        } else if (!status_.replica.quorate) {
            corosync_says_no();
        } else {
            choosing();
        }
        if (status_.replica.forcing) being_forced();
        refusals();
        return text_;
    }

  private:
    void say(const std::string& sentence) { text_ += (text_.empty() ? "" : " ") + sentence; }

    [[nodiscard]] std::vector<std::string> titles(const Filter& wanted) const {
        std::vector<std::string> names;
        for (const Standing& node : nodes_) {
            if (wanted(node)) names.push_back(node.title());
        }
        return names;
    }

    void newer_level() {
        say("The cluster follows rules of level " + std::to_string(status_.replica.level) +
            ", and this program knows those up to level " + std::to_string(replica::highest_level) +
            ": it shows what it has and changes nothing. Upgrade pmxcfs-lite on this node.");
    }

    void not_founded() {
        const auto absent =
            titles([](const Standing& node) { return node.listed && !node.online; });
        say("This node's database is new and belongs to no cluster yet. The nodes of corosync's "
            "list form one together, once pmxcfs-lite runs on all of them; or it joins the cluster "
            "that one of them has.");
        if (!absent.empty()) say("pmxcfs-lite is awaited on " + list_text(absent) + ".");
    }

    void too_few() {
        const auto here = titles([](const Standing& node) { return node.counts(); });
        say("No quorum: of " + count_text(quorum_.voters, "voter", "voters") + ", " +
            (here.empty() ? "none" : list_text(here)) + (here.size() > 1 ? " are" : " is") +
            " here, and " + std::to_string(quorum_.needed) +
            (quorum_.needed == 1 ? " is needed." : " are needed."));
        who_is_missing();
        if (status_.replica.quorate) {
            say("corosync grants quorum to those who are here, but they may not have all that was "
                "saved: they were not in step with the others until those left.");
        } else if (2 * quorum_.here >= quorum_.voters) {
            what_the_device_could_do();
        }
        say("Reading goes on; what writes gets 'Read-only file system'.");
        what_to_do();
    }

    void what_the_device_could_do() {
        const auto& device = status_.membership.list.quorum_device;
        if (!device) return;
        say("With the vote of the quorum device those who are here could go on, but it has given "
            "that to the others, or is not reached: `corosync-qdevice-tool -s` tells more.");
    }

    void who_is_missing() {
        std::vector<std::string> missing;
        for (const Standing* node : quorum_.missing) {
            if (!node->online)
                missing.push_back(node->title() + " (" + since_when(*node, now_) + ")");
        }
        if (!missing.empty()) say("Missing: " + list_text(missing) + ".");
        const auto strangers = titles([](const Standing& node) { return node.other_disk; });
        if (!strangers.empty()) {
            say(list_text(strangers) +
                (strangers.size() == 1 ? " is here with another database than the one that votes."
                                       : " are here with other databases than those that vote."));
        }
    }

    void what_to_do() {
        const auto without_daemon = titles(
            [](const Standing& node) { return node.voter && node.reachable && !node.online; });
        const auto unreachable = titles(
            [](const Standing& node) { return node.voter && !node.reachable && !node.online; });
        if (!without_daemon.empty()) {
            say("corosync runs on " + list_text(without_daemon) +
                ", but pmxcfs-lite does not: start it there (systemctl start pmxcfs-lite).");
        }
        if (!unreachable.empty()) {
            say("Start " + list_text(unreachable) +
                ", or mend the network and corosync between here and there.");
        }
        say("Only if they are lost for good, on the one node that goes on: pmxctl cluster "
            "force-quorum.");
        who_is_ahead();
    }

    void who_is_ahead() {
        const auto& ahead = status_.replica.ahead;
        if (!ahead) return;
        const auto node = titles([&](const Standing& other) { return other.id == ahead->node; });
        say("This node is BEHIND: its log ends at index " +
            std::to_string(status_.replica.last.value) + ", that of " + list_text(node) +
            " went on to " + std::to_string(ahead->last.value) +
            " at least. What was saved there since is lost when quorum is forced here; if that "
            "node can still be started, do it there.");
    }

    void corosync_says_no() {
        say("corosync does not grant quorum, although enough voters are here (" +
            std::to_string(quorum_.here) + " of " + std::to_string(quorum_.voters) +
            "): it counts votes of its own, and with wait_for_all it waits until it has seen all "
            "nodes once. `corosync-quorumtool -s` shows its count.");
        if (status_.membership.list.quorum_device) {
            say("The votes of the quorum device count, too: `corosync-qdevice-tool -s` shows "
                "whether it is reached.");
        }
        const auto absent =
            titles([](const Standing& node) { return node.listed && !node.reachable; });
        if (!absent.empty()) say("corosync does not see " + list_text(absent) + ".");
    }

    void choosing() {
        const auto& replica = status_.replica;
        if (replica.open_view) return say("The store is about to be writable again.");
        const auto awaited = titles([&](const Standing& node) {
            return std::find(replica.waiting_for.begin(), replica.waiting_for.end(), node.id) !=
                   replica.waiting_for.end();
        });
        std::string sentence = "A leader is being chosen";
        if (replica.view_lost) {
            const auto seconds = whole_seconds(status_.taken - *replica.view_lost);
            sentence += ", for " + duration_text(seconds) + " now";
        }
        if (!awaited.empty()) {
            sentence += "; this waits for " + list_text(awaited);
        }
        say(sentence +
            ". If it lasts, `journalctl -u pmxcfs-lite` on the nodes that are here may "
            "say why.");
    }

    void being_forced() {
        const auto awaited = titles([&](const Standing& node) {
            const auto& waiting = status_.replica.waiting_for;
            return std::find(waiting.begin(), waiting.end(), node.id) != waiting.end();
        });
        if (awaited.empty()) return say("Quorum is being forced.");
        say("Quorum is being forced; this waits for " + list_text(awaited) +
            ", which must answer and have the whole log of the node that is furthest. If it "
            "cannot, stop pmxcfs-lite there, and force quorum again.");
    }

    void refusals() {
        for (const Standing& node : nodes_) {
            if (!node.refusal.empty()) say(node.title() + ": " + node.refusal + ".");
        }
    }

    const ports::StoreStatus& status_;
    const WallTime now_;
    const std::vector<Standing> nodes_;
    const Quorum quorum_;
    std::string text_;
};

}  // namespace

std::string why_read_only(const ports::StoreStatus& status, WallTime now) {
    if (status.writable == Code::ok) return {};
    if (!status.read_only_reason.empty()) return status.read_only_reason;
    if (status.writable == Code::shutting_down) return "The daemon is stopping.";
    if (status.writable == Code::no_space) {
        return "The disk under the state directory is full. Make room there: the daemon tries "
               "again by itself, within seconds.";
    }
    return Explainer(status, now).paragraph();
}

}  // namespace pmx::control
