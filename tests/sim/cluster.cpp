#include "tests/sim/cluster.h"

#include <algorithm>
#include <utility>

namespace pmx::sim {
namespace {

// Of one key's history at one time, which is a moment; runs that go well need far fewer.
constexpr std::size_t max_states = 5'000;

// Of every daemon's wall clock; nodes are ahead of it or behind.
constexpr std::int64_t wall_start_ns = 1'700'000'000'000'000'000;

}  // namespace

Cluster::Cluster(Random& random, Trace& trace, Checks judged, std::size_t nodes, NodeList list,
                 bool eras_may_change)
    : random_(random),
      trace_(trace),
      violations_(judged),
      log_check_(violations_, eras_may_change),
      workload_(random),
      network_(random),
      nodes_(nodes),
      list_(std::move(list)) {
    network_.list(list_);
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        nodes_[i].id = NodeId(static_cast<std::uint32_t>(i + 1));
        nodes_[i].disk.rename(new_disk_id());
    }
}

void Cluster::pass(std::chrono::nanoseconds time) {
    now_ += time;
    network_.pass();
    trace_.at(now_);
}

WallTime Cluster::wall_of(const Node& node) const {
    return wall_from_ns(wall_start_ns) + now_.time_since_epoch() + node.wall_ahead;
}

std::vector<const Platter*> Cluster::platters() const {
    std::vector<const Platter*> all;
    for (const Node& node : nodes_)
        all.push_back(&node.disk.platter());
    return all;
}

DiskId Cluster::new_disk_id() {
    DiskId id;
    id.bytes[0] = 0xd1;
    const std::uint64_t number = ++disks_;
    id.bytes[14] = static_cast<std::uint8_t>(number >> 8);
    id.bytes[15] = static_cast<std::uint8_t>(number);
    return id;
}

bool Cluster::deliver(Node& node) {
    if (!ok()) return false;
    auto item = network_.take(node.id);
    if (!item) return false;
    if (auto* changed = std::get_if<replica::ConfigurationChanged>(&*item)) {
        trace_.note(node.id, "configuration", changed->members.size(), [&] {
            std::string text = changed->quorate ? "quorate:" : "not quorate:";
            for (const NodeId member : changed->members)
                text += " " + std::to_string(member.value);
            return text;
        });
        step(node, std::move(*changed));
        return true;
    }
    const auto& delivery = std::get<Network::Delivery>(*item);
    trace_.note(
        node.id, "hears", delivery.sender.value * 0x100000000ULL + delivery.message->size(),
        [&] { return std::to_string(delivery.sender.value) + ": " + describe(*delivery.message); });
    step(node, replica::MessageReceived{delivery.sender, *delivery.message});
    return true;
}

bool Cluster::hand_over_report(Node& node) {
    Daemon& daemon = *node.daemon;
    if (daemon.reports.empty() || !ok()) return false;
    const Report report = std::move(daemon.reports.front());
    daemon.reports.erase(daemon.reports.begin());
    if (const auto* promise = std::get_if<replica::PromiseFlushed>(&report)) {
        step(node, *promise);
    } else if (const auto* log = std::get_if<replica::LogFlushed>(&report)) {
        trace_.note(node.id, "has on disk", log->up_to.value,
                    [&] { return std::to_string(log->up_to.value); });
        step(node, *log);
    } else if (const auto* checkpoint = std::get_if<CheckpointStored>(&report)) {
        daemon.checkpointing = false;
        daemon.replica->rebase(checkpoint->base);
    } else {
        installed(node, std::get<SnapshotStored>(report));
    }
    return true;
}

bool Cluster::tick(Node& node) {
    Daemon& daemon = *node.daemon;
    const MonotonicTime now = clock_of(node);
    const bool due = daemon.wake_at && *daemon.wake_at <= now;
    if (!due && now - daemon.last_tick < std::chrono::seconds(1)) return false;
    daemon.last_tick = now;
    trace_.note(node.id, "ticks");
    step(node, replica::Tick{});
    return true;
}

void Cluster::checkpoint(Node& node) {
    Daemon& daemon = *node.daemon;
    const bool nothing_new = daemon.state.applied == node.disk.platter().base.index;
    if (daemon.checkpointing || daemon.installing || nothing_new) return;
    daemon.checkpointing = true;
    Batch batch;
    batch.base = daemon.replica->base();
    batch.stored = std::make_shared<const replica::StateMachine>(daemon.state);
    trace_.note(node.id, "checkpoints", batch.base->index.value,
                [&] { return std::to_string(batch.base->index.value); });
    node.disk.write(std::move(batch));
}

void Cluster::propose(Node& node, Call call) {
    Daemon& daemon = *node.daemon;
    replica::Propose event;
    event.sequence = ++daemon.last_sequence;
    event.kind = call.entry_kind();
    event.time = wall_of(node);
    event.op = encode_op(call, random_);
    trace_.note(node.id, "proposes", event.sequence, [&] {
        return std::to_string(event.sequence) + ": " +
               (call.kind == Call::Kind::read    ? "read " + call.key
                : call.kind == Call::Kind::write ? "write " + call.key + "=" + call.value
                                                 : "other");
    });
    daemon.calls.emplace(event.sequence, std::move(call));
    step(node, std::move(event));
}

void Cluster::give_up_oldest(Node& node) {
    Daemon& daemon = *node.daemon;
    if (daemon.calls.empty()) return;
    const Call call = std::move(daemon.calls.begin()->second);
    daemon.calls.erase(daemon.calls.begin());
    workload_.unknown(node.id, call);
    propose(node, workload_.again(call));
}

void Cluster::work(Node& node) {
    while (node.runs() && deliver(node)) {
    }
    while (node.runs() && (flush(node) || hand_over_report(node))) {
    }
    if (node.runs()) tick(node);
}

void Cluster::check_end(bool at_rest) {
    if (at_rest) rejected_check_.nothing_is_missing(platters(), log_check_);
    for (const Node& node : nodes_) {
        const auto& listed = list_.nodes;
        if (at_rest && std::binary_search(listed.begin(), listed.end(), node.id)) {
            rejected_check_.nothing_was_applied(node.disk.platter(), log_check_);
            const bool has_all =
                node.daemon && log_check_.is_committed(log_check_.last(), node.daemon->chain);
            if (has_all) log_check_.all_are_known(node.id, node.daemon->state.results);
        }
        if (!node.daemon) continue;
        for (const auto& [sequence, call] : node.daemon->calls)
            workload_.unknown(node.id, call);
    }
    if (log_check_.any_lost()) return;
    if (auto broken = support::not_linearizable(workload_.history(), max_states)) {
        violations_.add(Check::linearizable, "not linearizable: " + *broken);
    }
}

}  // namespace pmx::sim
