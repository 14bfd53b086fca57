#include "tests/sim/cluster.h"

#include <algorithm>
#include <utility>

#include "tree/op.h"

namespace pmx::sim {
namespace {

using std::chrono::milliseconds;

std::vector<NodeId> node_ids(std::size_t count) {
    std::vector<NodeId> ids;
    for (std::uint32_t i = 1; i <= count; ++i)
        ids.emplace_back(i);
    return ids;
}

tree::Op some_change(Random& random, const RequestId& request) {
    tree::WriteFile write;
    write.at.path = "f" + std::to_string(random.below(3));
    write.create = true;
    // Now and then one that needs several messages.
    const std::size_t size = random.one_in(60) ? 300'000 : 1;
    write.edits.push_back(
        {tree::Edit::Kind::append, 0, std::to_string(request.sequence) + std::string(size, '.')});
    return write;
}

}  // namespace

Cluster::Cluster(const Plan& plan)
    : plan_(plan),
      random_(plan.seed),
      nodes_(plan.nodes),
      network_(random_, node_ids(plan.nodes)),
      checker_(plan.nodes) {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        nodes_[i].id = NodeId(static_cast<std::uint32_t>(i + 1));
        start(nodes_[i]);
    }
}

Report Cluster::run() {
    settle();
    for (std::size_t i = 0; i < plan_.steps && !checker_.violation(); ++i) {
        if (random_.one_in(12)) {
            fault();
        } else if (random_.one_in(6)) {
            run_some_normally();
        } else {
            act();
        }
    }
    mend_all();
    settle();
    Report report;
    for (const Node& node : nodes_)
        checker_.applied_all(node.id, node.daemon->state.applied);
    report.violation = checker_.violation();
    if (!report.violation && !at_rest()) report.violation = "no progress though all is mended";
    report.acknowledged = checker_.acknowledged_count();
    report.entries = checker_.highest().value;
    return report;
}

void Cluster::start(Node& node) {
    node.daemon = std::make_unique<Daemon>();
    node.daemon->boot = Boot(++boots_);
    node.daemon->last_tick = now_;
    node.hung = false;
    replica::Settings settings;
    settings.node = node.id;
    settings.disk.bytes[0] = static_cast<std::uint8_t>(node.id.value);
    settings.boot = node.daemon->boot;
    settings.founders = node_ids(plan_.nodes);
    replica::Recovered recovered;
    recovered.promise = node.disk.promise();
    recovered.entries = node.disk.entries();
    node.daemon->replica =
        std::make_unique<replica::Replica>(settings, std::move(recovered), node.daemon->state);
    network_.join(node.id);
}

// Some of what was being written may have reached the disk, unreported.
void Cluster::crash(Node& node) {
    while (node.disk.has_waiting() && random_.one_in(2))
        node.disk.flush_one();
    node.disk.crash();
    node.reports.clear();
    node.daemon.reset();
    network_.leave(node.id);
}

void Cluster::cut_network() {
    std::map<NodeId, int> sides;
    const bool heals = random_.one_in(2);
    for (const Node& node : nodes_)
        sides[node.id] = heals ? 0 : static_cast<int>(random_.below(2));
    network_.partition(sides);
}

void Cluster::fault() {
    Node& node = random_.pick(nodes_);
    switch (random_.below(6)) {
        case 0:
        case 1:
            if (node.daemon) {
                crash(node);
            } else {
                start(node);
            }
            break;
        case 2:
            cut_network();
            break;
        case 3:
            if (node.daemon) node.hung = !node.hung;
            break;
        case 4:
            if (node.runs() && node.disk.has_waiting() && random_.one_in(3)) flush(node, true);
            break;
        default:
            catch_up(node);
    }
}

Cluster::Node* Cluster::leader_of(const Node& follower) {
    const replica::Status status = follower.daemon->replica->status();
    for (Node& node : nodes_) {
        if (!node.daemon || !network_.connected(node.id, follower.id)) continue;
        const replica::Status other = node.daemon->replica->status();
        if (other.leading && other.open_view == status.promise) return &node;
    }
    return nullptr;
}

void Cluster::catch_up(Node& node) {
    if (!node.runs()) return;
    const Node* leader = leader_of(node);
    if (leader == nullptr || leader == &node) return;
    while (node.disk.has_waiting())
        node.disk.flush_one();
    if (node.disk.promise() != node.daemon->replica->status().promise) return;
    // What it has in step with the leader is not to be cut, though the leader's disk be slower.
    std::vector<wire::EntryPtr> log = leader->disk.entries();
    log.resize(leader->daemon->replica->status().durable.value);
    if (log.empty() || node.disk.has(log.back()->index, log.back()->chain)) return;
    crash(node);
    node.disk.replace_log(log);
    start(node);
}

// Work -------------------------------------------------------------------------------------------

void Cluster::step(Node& node, replica::Event event) {
    Daemon& daemon = *node.daemon;
    replica::Actions actions = daemon.replica->step(std::move(event), now_);
    if (actions.save_promise || actions.cut_after || !actions.append.empty()) {
        node.disk.write({actions.save_promise, actions.cut_after, std::move(actions.append)});
    }
    for (std::string& message : actions.multicast) {
        network_.multicast(node.id, std::move(message));
    }
    std::vector<const Disk*> disks;
    for (const Node& each : nodes_)
        disks.push_back(&each.disk);
    for (const wire::EntryPtr& entry : actions.committed) {
        daemon.state.apply(*entry);
        checker_.committed(node.id, entry, disks);
        const RequestId& request = entry->request;
        if (request.node == node.id && request.boot == daemon.boot) {
            checker_.acknowledged(request);
            daemon.unanswered.erase(request.sequence);
        }
    }
    for (const replica::Refused& refusal : actions.refused) {
        checker_.refused({node.id, daemon.boot, refusal.sequence});
        daemon.unanswered.erase(refusal.sequence);
    }
    daemon.wake_at = actions.wake_at;
}

void Cluster::propose(Node& node) {
    Daemon& daemon = *node.daemon;
    replica::Propose event;
    event.sequence = ++daemon.last_sequence;
    event.time = wall_from_ns(1);
    event.op = tree::encode(some_change(random_, {node.id, daemon.boot, event.sequence}));
    daemon.unanswered[event.sequence] = true;
    step(node, std::move(event));
}

void Cluster::deliver(Node& node) {
    if (auto item = network_.take(node.id)) {
        std::visit([&](auto& event) { step(node, std::move(event)); }, *item);
    }
}

void Cluster::flush(Node& node, bool full) {
    if (!node.disk.has_waiting()) return;
    if (full) {
        hand_over_reports(node);
        if (const auto from = node.disk.fail_all()) step(node, replica::LogAppendFailed{*from});
        return;
    }
    const Disk::Batch batch = node.disk.flush_one();
    if (batch.promise) node.reports.emplace_back(replica::PromiseFlushed{*batch.promise});
    if (!batch.append.empty()) {
        node.reports.emplace_back(replica::LogFlushed{batch.append.back()->index});
    }
}

void Cluster::hand_over_reports(Node& node) {
    for (replica::Event& report : std::exchange(node.reports, {}))
        step(node, std::move(report));
}

void Cluster::tick(Node& node) {
    Daemon& daemon = *node.daemon;
    const bool due = daemon.wake_at && *daemon.wake_at <= now_;
    if (!due && now_ - daemon.last_tick < std::chrono::seconds(1)) return;
    daemon.last_tick = now_;
    step(node, replica::Tick{});
}

void Cluster::act() {
    Node& node = random_.pick(nodes_);
    now_ += milliseconds(random_.below(20));
    if (random_.one_in(50)) now_ += milliseconds(random_.below(5000));
    network_.order_one();
    if (!node.runs()) return;
    switch (random_.below(8)) {
        case 0:
            propose(node);
            break;
        case 1:
            flush(node, false);
            break;
        case 2:
            hand_over_reports(node);
            break;
        case 3:
            tick(node);
            break;
        default:
            deliver(node);
    }
}

void Cluster::work(Node& node) {
    if (!node.runs()) return;
    while (network_.has_item(node.id))
        deliver(node);
    while (node.disk.has_waiting())
        flush(node, false);
    hand_over_reports(node);
    tick(node);
}

void Cluster::run_some_normally() {
    std::vector<Node*> some;
    for (Node& node : nodes_) {
        if (!random_.one_in(3)) some.push_back(&node);
    }
    const std::size_t rounds = 1 + random_.below(6);
    for (std::size_t i = 0; i < rounds; ++i) {
        now_ += milliseconds(random_.one_in(4) ? 600 : 5);
        while (network_.order_one()) {
        }
        for (Node* node : some) {
            if (node->runs() && random_.one_in(3)) propose(*node);
            work(*node);
        }
    }
}

// The end ----------------------------------------------------------------------------------------

void Cluster::mend_all() {
    std::map<NodeId, int> sides;
    for (const Node& node : nodes_)
        sides[node.id] = 0;
    network_.partition(sides);
    for (Node& node : nodes_) {
        node.hung = false;
        if (!node.daemon) start(node);
    }
}

bool Cluster::at_rest() const {
    return std::all_of(nodes_.begin(), nodes_.end(), [this](const Node& node) {
        const replica::Status status = node.daemon->replica->status();
        return status.open_view && status.committed == status.last && !node.disk.has_waiting() &&
               !network_.has_item(node.id) && node.daemon->unanswered.empty() &&
               status.committed == nodes_.front().daemon->replica->status().committed;
    });
}

void Cluster::settle() {
    for (int i = 0; i < 2000 && !checker_.violation(); ++i) {
        bool ordered = false;
        while (network_.order_one())
            ordered = true;
        for (Node& node : nodes_)
            work(node);
        if (!ordered && at_rest()) return;
        now_ += milliseconds(50);
        if (i % 20 == 19) {
            for (Node& node : nodes_)
                catch_up(node);
        }
    }
}

}  // namespace pmx::sim
