#include "tests/sim/scenario.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <sstream>
#include <utility>
#include <vector>

#include "tests/sim/cluster.h"
#include "tests/sim/random.h"
#include "tests/sim/rest.h"

namespace pmx::sim {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::minutes patience{3};

class Scenario {
  public:
    // What the line finds wrong.
    std::optional<std::string> play(const std::string& line);
    std::optional<std::string> end();
    [[nodiscard]] std::optional<std::string> wrong() const;

  private:
    using Words = std::vector<std::string>;
    struct Assignment {
        std::string key;
        std::string value;
    };

    bool make_cluster(const Words& words);
    bool do_to_node(const Words& words);
    bool do_to_all(const Words& words);
    bool single_steps(const Words& words);
    std::optional<std::optional<std::string>> ask(const Words& words);
    std::optional<std::string> save(Node& node, const std::string& text, bool wait);
    std::optional<std::string> sync(Node& node, const std::string& text);
    std::optional<std::string> lock(Node& node, const std::string& name, bool free);
    std::optional<std::string> refused(Node& node);
    std::optional<std::string> expect(Node& node, const std::string& text);
    std::optional<std::string> expect_state(const Words& words);
    std::optional<std::string> expect_rejected(Node& node, const std::string& key, bool some);
    std::optional<std::string> rest();
    void round();
    bool run_until(const std::function<bool()>& reached);
    Node& node(const std::string& word) {
        return cluster_->node(NodeId(static_cast<std::uint32_t>(std::stoul(word))));
    }
    static std::vector<NodeId> ids(const Words& words);
    static Assignment assignment(const std::string& text);

    Random random_{1};
    Trace trace_;
    std::unique_ptr<Cluster> cluster_;
    std::map<NodeId, Platter> copies_;
};

std::vector<NodeId> Scenario::ids(const Words& words) {
    std::vector<NodeId> nodes;
    for (std::size_t i = 1; i < words.size(); ++i)
        nodes.emplace_back(static_cast<std::uint32_t>(std::stoul(words[i])));
    return nodes;
}

Scenario::Assignment Scenario::assignment(const std::string& text) {
    const std::size_t equals = text.find('=');
    return {text.substr(0, equals), text.substr(equals + 1)};
}

void Scenario::round() {
    while (cluster_->network().order_one()) {
    }
    for (Node& each : cluster_->nodes())
        cluster_->work(each);
    cluster_->pass(milliseconds(10));
}

bool Scenario::run_until(const std::function<bool()>& reached) {
    for (milliseconds passed(0); passed < patience; passed += milliseconds(10)) {
        if (reached()) return true;
        round();
    }
    return reached();
}

std::optional<std::string> Scenario::rest() {
    std::optional<std::string> missing;
    const bool reached = run_until([&] {
        missing = missing_for_rest(*cluster_);
        return !missing;
    });
    if (reached) return std::nullopt;
    return missing;
}

bool Scenario::make_cluster(const Words& words) {
    if (words.front() != "nodes") return false;
    const std::size_t count = std::stoul(words.at(1));
    NodeList list;
    for (std::uint32_t i = 1; i <= count; ++i)
        list.nodes.emplace_back(i);
    std::size_t spares = 0;
    for (std::size_t i = 2; i < words.size(); ++i) {
        if (words[i] == "fewer") list.quorum = count == 2 ? Quorum::two_node : Quorum::device;
        if (words[i] == "spare") spares = std::stoul(words.at(++i));
    }
    cluster_ = std::make_unique<Cluster>(random_, trace_, Checks::all(), count + spares,
                                         std::move(list), true);
    for (Node& each : cluster_->nodes())
        cluster_->power_on(each);
    return true;
}

bool Scenario::do_to_node(const Words& words) {
    using Action = std::function<void(Node&)>;
    Cluster& cluster = *cluster_;
    const std::map<std::string, Action> actions{
        {"kill", [&](Node& n) { cluster.kill(n); }},
        {"start", [&](Node& n) { cluster.start(n); }},
        {"power-off", [&](Node& n) { cluster.power_off(n); }},
        {"power-on", [&](Node& n) { cluster.power_on(n); }},
        {"hang", [](Node& n) { n.hung = true; }},
        {"wake", [](Node& n) { n.hung = false; }},
        {"hang-disk", [](Node& n) { n.disk_hangs = true; }},
        {"wake-disk", [](Node& n) { n.disk_hangs = false; }},
        {"full-disk", [&](Node& n) { cluster.fill_disk(n); }},
        {"checkpoint", [&](Node& n) { cluster.checkpoint(n); }},
        {"new-disk", [&](Node& n) { cluster.lose_disk(n); }},
        {"keep-disk", [&](Node& n) { copies_.insert_or_assign(n.id, n.disk.platter()); }},
        {"old-disk", [&](Node& n) { cluster.put_back(n, copies_.at(n.id)); }},
        {"flip-bit", [&](Node& n) { cluster.flip_bit(n); }},
        {"force", [&](Node& n) { cluster.force_quorum(n); }},
        {"tell-quorum", [&](Node& n) { cluster.network().tell_quorum(n.id); }},
    };
    const auto action = actions.find(words.front());
    if (action == actions.end()) return false;
    action->second(node(words.at(1)));
    return true;
}

bool Scenario::do_to_all(const Words& words) {
    const std::string& what = words.front();
    if (what == "cut" || what == "heal") {
        std::map<NodeId, int> sides;
        int side = 0;
        for (std::size_t i = 1; i < words.size(); ++i) {
            if (words[i] == "|") {
                ++side;
            } else {
                sides[node(words[i]).id] = side;
            }
        }
        cluster_->partition(sides);
    } else if (what == "quorum-comes-late") {
        cluster_->network().set_quorum_comes(Network::QuorumComes::when_told);
    } else if (what == "list") {
        cluster_->change_list({ids(words), cluster_->list().quorum});
    } else if (what == "level") {
        node(words.at(1)).highest_level = static_cast<std::uint32_t>(std::stoul(words.at(2)));
    } else if (what == "run") {
        const milliseconds time(std::stol(words.at(1)));
        for (milliseconds passed(0); passed < time; passed += milliseconds(10))
            round();
    } else {
        return single_steps(words);
    }
    return true;
}

bool Scenario::single_steps(const Words& words) {
    const std::string& what = words.front();
    if (what == "order") {
        while (cluster_->network().order_one()) {
        }
        return true;
    }
    if (what != "hear" && what != "write") return false;
    for (const NodeId id : ids(words)) {
        Node& each = cluster_->node(id);
        while (what == "hear" ? cluster_->deliver(each)
                              : cluster_->flush(each) || cluster_->hand_over_report(each)) {
        }
    }
    return true;
}

std::optional<std::string> Scenario::save(Node& at, const std::string& text, bool wait) {
    const auto [key, value] = assignment(text);
    const auto acknowledged = cluster_->log().acknowledged_count();
    cluster_->propose(at, cluster_->workload().write(key, value));
    if (!wait) return std::nullopt;
    const bool answered = run_until([&] { return !at.daemon || at.daemon->calls.empty(); });
    if (!answered) return "the save has no answer";
    if (cluster_->log().acknowledged_count() == acknowledged) return "the save is refused";
    return std::nullopt;
}

std::optional<std::string> Scenario::sync(Node& at, const std::string& text) {
    const std::size_t operations = cluster_->workload().history().size();
    cluster_->propose(at, cluster_->workload().read(assignment(text).key));
    const bool answered =
        run_until([&] { return cluster_->workload().history().size() > operations; });
    return answered ? expect(at, text) : "the read has no answer";
}

std::optional<std::string> Scenario::lock(Node& at, const std::string& name, bool free) {
    const std::string path = "priv/lock/" + name;
    const auto inode = [&] {
        const auto node = at.daemon->state.tree.resolve({tree::root_inode, path});
        return node ? (*node)->inode : Inode();
    };
    const Inode before = inode();
    for (const std::string& directory : {std::string("priv"), std::string("priv/lock"), path}) {
        cluster_->propose(at, cluster_->workload().make_directory(directory));
        const bool answered = run_until([&] { return !at.daemon || at.daemon->calls.empty(); });
        if (!answered) return "the lock has no answer";
    }
    if ((inode() != before) == free) return std::nullopt;
    return free ? "the lock is held" : "the lock is free";
}

std::optional<std::string> Scenario::refused(Node& at) {
    cluster_->propose(at, cluster_->workload().write("refused", "x"));
    if (at.daemon->calls.empty()) return std::nullopt;
    return "the save is not refused";
}

std::optional<std::string> Scenario::expect(Node& at, const std::string& text) {
    const auto [key, value] = assignment(text);
    const std::string shown = value_in(at.daemon->state.tree, key);
    if (shown == value) return std::nullopt;
    return "shows " + key + "=" + shown;
}

std::optional<std::string> Scenario::expect_rejected(Node& at, const std::string& key, bool some) {
    std::string listed;
    for (const auto& [request, rejected] : at.disk.platter().rejected) {
        if (!rejected.entry) {
            listed += " (unknown)";
            continue;
        }
        const auto op = tree::decode_op(rejected.entry->op);
        const auto* write = op ? std::get_if<tree::WriteFile>(&*op) : nullptr;
        if (write == nullptr) continue;
        listed += " " + write->at.path;
        if (some && write->at.path == key) return std::nullopt;
    }
    if (!some && listed.empty()) return std::nullopt;
    return "lists as rejected:" + listed;
}

std::optional<std::string> Scenario::expect_state(const Words& words) {
    const std::string& what = words.front();
    if (what == "expect-voters") {
        for (const Node& each : cluster_->nodes()) {
            if (!each.runs()) continue;
            std::vector<NodeId> voters;
            for (const replica::Voter& voter : each.daemon->replica->status().voters)
                voters.push_back(voter.node);
            if (voters == ids(words)) continue;
            return "node " + std::to_string(each.id.value) + " has others";
        }
        return std::nullopt;
    }
    const Node& first = cluster_->node(NodeId(1));
    const Node& at = what == "expect-level" || what == "expect-era" ? first : node(words.at(1));
    const replica::Status status = at.daemon->replica->status();
    const std::uint64_t number = std::stoul(words.at(1));
    if (what == "expect-leader" && !status.leading) return "does not lead";
    if (what == "expect-no-view" && status.open_view) return "has an open view";
    if (what == "expect-level" && status.level != number) {
        return "the level is " + std::to_string(status.level);
    }
    if (what == "expect-era" && (!status.open_view || status.open_view->era.count != number)) {
        return "another era, or none";
    }
    return std::nullopt;
}

// What asks something: outer nothing when the line does not.
std::optional<std::optional<std::string>> Scenario::ask(const Words& words) {
    const std::string& what = words.front();
    if (what == "rest") return rest();
    if (what == "save") return save(node(words.at(1)), words.at(2), true);
    if (what == "try") return save(node(words.at(1)), words.at(2), false);
    if (what == "lock") return lock(node(words.at(1)), words.at(2), true);
    if (what == "locked") return lock(node(words.at(1)), words.at(2), false);
    if (what == "sync") return sync(node(words.at(1)), words.at(2));
    if (what == "refused") return refused(node(words.at(1)));
    if (what == "expect") return expect(node(words.at(1)), words.at(2));
    if (what == "expect-rejected") return expect_rejected(node(words.at(1)), words.at(2), true);
    if (what == "expect-none-rejected") return expect_rejected(node(words.at(1)), {}, false);
    if (what.starts_with("expect-")) return expect_state(words);
    return std::nullopt;
}

std::optional<std::string> Scenario::play(const std::string& line) {
    std::istringstream in(line.substr(0, line.find('#')));
    Words words;
    for (std::string word; in >> word;)
        words.push_back(word);
    if (words.empty() || make_cluster(words)) return std::nullopt;
    if (!cluster_) return "no nodes yet";
    if (const auto answer = ask(words)) {
        if (*answer) return *answer;
    } else if (!do_to_node(words) && !do_to_all(words)) {
        return "nothing is called " + words.front();
    }
    return wrong();
}

std::optional<std::string> Scenario::wrong() const {
    const auto& violation = cluster_->violations().first();
    if (!violation) return std::nullopt;
    return violation->what;
}

std::optional<std::string> Scenario::end() {
    if (!cluster_) return "no nodes";
    cluster_->check_end(true);
    return wrong();
}

}  // namespace

std::optional<std::string> play(std::string_view text) {
    Scenario scenario;
    std::istringstream in{std::string(text)};
    std::size_t number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        if (auto wrong = scenario.play(line)) {
            return "line " + std::to_string(number) + ": " + line + "\n  " + *wrong;
        }
    }
    return scenario.end();
}

}  // namespace pmx::sim
