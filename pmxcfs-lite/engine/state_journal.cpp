#include "engine/state_journal.h"

#include "base/log.h"

namespace pmx::engine {
namespace {

using Weight = JournalLine::Weight;

std::string numbers(const std::vector<NodeId>& nodes) {
    std::string text;
    for (const NodeId node : nodes)
        text += (text.empty() ? "" : ", ") + std::to_string(node.value);
    return text.empty() ? "none" : text;
}

std::string why_refused(const replica::Status& status) {
    if (!status.quorate) return "no quorum; nodes here: " + numbers(status.members);
    if (status.waiting_for.empty()) return "no leader";
    return "no leader; this waits for nodes " + numbers(status.waiting_for);
}

}  // namespace

void write(const JournalLine& line) {
    switch (line.weight) {
        case Weight::notice:
            return log::notice(line.text);
        case Weight::warning:
            return log::warning(line.text);
        case Weight::error:
            return log::error(line.text);
    }
}

std::optional<JournalLine> StateJournal::members(const std::vector<NodeId>& nodes) {
    if (nodes == members_) return std::nullopt;
    const bool first = members_.empty();
    members_ = nodes;
    if (first && nodes.size() == 1) return std::nullopt;
    return JournalLine{Weight::notice, "nodes here now: " + numbers(nodes)};
}

std::optional<JournalLine> StateJournal::writable(Code code, const replica::Status& status) {
    // A full disk has lines of its own.
    if (code != Code::ok && code != Code::read_only) return std::nullopt;
    if (writable_ == code) return std::nullopt;
    const bool first = !writable_;
    writable_ = code;
    if (code == Code::ok) {
        const std::string view =
            status.open_view ? "; view " + to_string(*status.open_view) : std::string();
        return JournalLine{Weight::notice, "saves are taken" + view};
    }
    if (first) return std::nullopt;  // a start
    return JournalLine{Weight::warning, "saves are refused: " + why_refused(status) +
                                            "; pmxctl status says what would mend it"};
}

std::vector<JournalLine> StateJournal::look(const replica::Status& status) {
    std::vector<JournalLine> lines;
    if (status.open_view) {
        const Era era = status.open_view->era;
        if (era_ && *era_ != era) {
            lines.push_back(
                {Weight::warning, "era " + std::to_string(era.count) +
                                      " has begun: fewer nodes than a majority went on, " +
                                      numbers(status.members) + " are here now"});
        }
        era_ = era;
    }
    const bool differs = status.scrub.without_majority || !status.scrub.differing.empty();
    if (differs && !differs_) {
        const std::string index = std::to_string(status.scrub.index.value);
        lines.push_back(
            {Weight::error, status.scrub.without_majority
                                ? "the nodes' trees differ at index " + index +
                                      ", and no majority tells which is right"
                                : "the tree of nodes " + numbers(status.scrub.differing) +
                                      " differs from the majority's at index " + index});
    }
    differs_ = differs;
    return lines;
}

JournalLine StateJournal::lost(std::size_t changes) {
    return {Weight::warning, std::to_string(changes) + (changes == 1 ? " change" : " changes") +
                                 " that this node had lost out: pmxctl conflicts"};
}

}  // namespace pmx::engine
