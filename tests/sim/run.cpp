#include "tests/sim/run.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>
#include <vector>

#include "tests/sim/cluster.h"
#include "tests/sim/nemesis.h"
#include "tests/sim/random.h"
#include "tests/sim/rest.h"

namespace pmx::sim {
namespace {

using std::chrono::milliseconds;

// Far more than every patience, round and catch-up together take.
constexpr milliseconds time_to_rest = std::chrono::minutes(3);
// Where nobody asks whether they come to rest, for what was under way to be committed.
constexpr milliseconds time_to_end = std::chrono::seconds(15);

NodeList listed_at_first(const Plan& plan) {
    NodeList list;
    for (std::uint32_t i = 1; i <= plan.nodes; ++i)
        list.nodes.emplace_back(i);
    list.quorum = plan.quorum();
    return list;
}

class Run {
  public:
    Run(const Plan& plan, Checks judged, const Trace::Print& print)
        : plan_(plan),
          must_rest_(judged.have(Check::progress)),
          printed_(static_cast<bool>(print)),
          random_(plan.seed),
          trace_(print),
          cluster_(random_, trace_, judged, plan.nodes + plan.spares, listed_at_first(plan),
                   plan.quorum() != Quorum::majority || plan.has(Fault::force)),
          nemesis_(plan, cluster_, random_) {}

    RunReport go();

  private:
    void one_step();
    void flap();
    void one_act();
    void run_some_normally();
    void leave_some_alone();
    std::optional<std::string> settle();
    std::string state();

    const Plan& plan_;
    const bool must_rest_;
    const bool printed_;
    Random random_;
    Trace trace_;
    Cluster cluster_;
    Nemesis nemesis_;
};

RunReport Run::go() {
    if (plan_.quorum_comes_later) {
        cluster_.network().set_quorum_comes(Network::QuorumComes::later);
    }
    for (Node& node : cluster_.nodes())
        cluster_.power_on(node);
    std::optional<std::string> missing;
    if (!plan_.forms_slowly) missing = settle();
    for (std::size_t i = 0; i < plan_.steps && cluster_.ok() && !missing; ++i)
        one_step();
    if (cluster_.ok() && !missing) {
        nemesis_.make_peace();
        missing = settle();
        // Who caught up meanwhile took no part in the comparison, which may have lacked a majority.
        if (missing && cluster_.bit_flipped()) {
            cluster_.pass(std::chrono::hours(1) + std::chrono::seconds(1));
            missing = settle();
        }
    }
    if (missing)
        cluster_.violations().add(Check::progress, "no rest though all is mended: " + *missing);
    if (cluster_.ok()) cluster_.check_end(!missing);
    return {cluster_.violations().first(),
            trace_.hash(),
            trace_.events(),
            cluster_.log().acknowledged_count(),
            cluster_.log().last().value,
            printed_ ? state() : std::string()};
}

std::string Run::state() {
    std::string text = describe(cluster_);
    for (const support::Operation& operation : cluster_.workload().history())
        text += support::format(operation) + "\n";
    return text;
}

void Run::one_step() {
    if (plan_.flaps) return flap();
    if (random_.one_in(plan_.steps_per_fault)) {
        nemesis_.strike();
    } else if (random_.one_in(8)) {
        run_some_normally();
    } else {
        one_act();
    }
}

// The network changes, or somebody is harmed, and some nodes go on for a moment.
void Run::flap() {
    if (random_.one_in(3)) nemesis_.strike();
    if (random_.one_in(2)) return leave_some_alone();
    if (random_.one_in(2)) return run_some_normally();
    const std::size_t acts = 1 + random_.below(16);
    for (std::size_t i = 0; i < acts && cluster_.ok(); ++i)
        one_act();
}

void Run::one_act() {
    Node& node = random_.pick(cluster_.nodes());
    cluster_.pass(milliseconds(random_.below(20)));
    if (random_.one_in(50)) cluster_.pass(milliseconds(random_.below(5000)));
    cluster_.network().order_one();
    if (!node.runs()) return;
    switch (random_.below(8)) {
        case 0:
            return cluster_.propose(node, cluster_.workload().next());
        case 1:
            cluster_.flush(node);
            return;
        case 2:
            cluster_.hand_over_report(node);
            return;
        case 3:
            cluster_.tick(node);
            return;
        default:
            cluster_.deliver(node);
    }
}

// What makes a simulation sharp: some nodes get far while others stand still.
void Run::run_some_normally() {
    std::vector<Node*> some;
    for (Node& node : cluster_.nodes()) {
        if (!random_.one_in(3)) some.push_back(&node);
    }
    const std::size_t rounds = 1 + random_.below(6);
    for (std::size_t i = 0; i < rounds && cluster_.ok(); ++i) {
        cluster_.pass(milliseconds(random_.one_in(4) ? 600 : 5));
        while (cluster_.network().order_one()) {
        }
        for (Node* node : some) {
            if (node->runs() && random_.one_in(3)) {
                cluster_.propose(*node, cluster_.workload().next());
            }
            cluster_.work(*node);
        }
    }
}

// They get as far as an election and what follows, but for one that may fall silent on the way; the
// rest stand still. What two leaders do who never hear of each other shows here.
void Run::leave_some_alone() {
    std::map<NodeId, int> sides;
    std::vector<Node*> some;
    for (Node& node : cluster_.nodes()) {
        sides[node.id] = random_.one_in(2) ? 1 : 0;
        if (sides[node.id] == 1) some.push_back(&node);
    }
    if (some.empty()) return;
    cluster_.partition(sides);
    const std::size_t rounds = 4 + random_.below(12);
    const Node* silent = random_.pick(some);
    const std::size_t silent_from = random_.below(2 * rounds);
    for (std::size_t i = 0; i < rounds && cluster_.ok(); ++i) {
        cluster_.pass(milliseconds(5));
        while (cluster_.network().order_one()) {
        }
        for (Node* node : some) {
            if (node == silent && i >= silent_from) continue;
            if (node->runs() && random_.one_in(8)) {
                cluster_.propose(*node, cluster_.workload().next());
            }
            cluster_.work(*node);
        }
    }
}

// All nodes run normally until there is nothing left to do; what is missing when that never comes.
std::optional<std::string> Run::settle() {
    std::optional<std::string> missing;
    const milliseconds round(50);
    const milliseconds limit = must_rest_ ? time_to_rest : time_to_end;
    for (milliseconds passed(0); passed < limit && cluster_.ok(); passed += round) {
        bool ordered = false;
        while (cluster_.network().order_one())
            ordered = true;
        for (Node& node : cluster_.nodes())
            cluster_.work(node);
        cluster_.pass(ordered ? milliseconds(1) : round);
        if (ordered) continue;
        missing = missing_for_rest(cluster_);
        if (!missing) return std::nullopt;
    }
    return missing;
}

}  // namespace

RunReport run(const Plan& plan, Checks judged, const Trace::Print& print) {
    return Run(plan, judged, print).go();
}

}  // namespace pmx::sim
