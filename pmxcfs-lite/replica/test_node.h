// One replica with the parts a test needs beside it, all under the test's control: a disk that
// flushes when told to, and messages that go where the test sends them.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "replica/replica.h"
#include "tree/op.h"
#include "wire/message.h"

namespace pmx::replica::test {

inline constexpr MonotonicTime start_time{std::chrono::hours(1)};

inline DiskId disk_of(NodeId node) {
    DiskId disk;
    disk.bytes[0] = static_cast<std::uint8_t>(node.value);
    disk.bytes[15] = 0xd1;
    return disk;
}

inline Settings settings_of(NodeId node) {
    Settings settings;
    settings.highest_level = 1;  // no entry comes but those that a test asks for
    settings.node = node;
    settings.disk = disk_of(node);
    settings.boot = Boot(100 + node.value);
    settings.cluster.bytes[0] = 7;
    settings.started = wall_from_ns(1'000'000'000);
    return settings;
}

// Of a new database, which belongs to no cluster yet.
inline Settings new_settings_of(NodeId node) {
    Settings settings = settings_of(node);
    settings.cluster = {};
    return settings;
}

class TestNode {
  public:
    TestNode(const Settings& settings_in, std::vector<NodeId> listed, Recovered recovered = {})
        : settings(settings_in), replica_(settings, std::move(recovered), state) {
        step(NodesListed{std::move(listed), false});
    }

    // Carries out all of a step but disk and network, which it leaves in the fields below.
    Actions step(Event event) {
        Actions actions = replica_.step(std::move(event), now);
        for (const auto& entry : actions.committed) {
            outcomes.push_back(state.apply(*entry));
            committed.push_back(entry);
        }
        for (const auto& message : actions.multicast)
            said.push_back(message);
        for (const auto& refusal : actions.refused)
            refused.push_back(refusal);
        if (actions.save_promise) unsaved_promise = actions.save_promise;
        if (!actions.append.empty()) unflushed = actions.append.back()->index;
        return actions;
    }

    // The disk has everything it was given.
    void flush() {
        if (const auto promise = std::exchange(unsaved_promise, {})) {
            step(PromiseFlushed{*promise});
        }
        if (const auto up_to = std::exchange(unflushed, {})) step(LogFlushed{*up_to});
    }

    Actions propose(std::uint64_t sequence, const tree::Op& op,
                    wire::EntryKind kind = wire::EntryKind::change) {
        Propose event;
        event.sequence = sequence;
        event.kind = kind;
        event.time = wall_from_ns(2'000'000'000);
        if (kind == wire::EntryKind::change) event.op = tree::encode(op);
        return step(std::move(event));
    }

    Actions hear(NodeId sender, const View& view, wire::Payload payload) {
        return step(MessageReceived{sender, wire::encode({view, std::move(payload)})});
    }
    Actions pass(std::chrono::milliseconds time) {
        now += time;
        return step(Tick{});
    }
    // The last message of this type that the node said since said was cleared.
    template <typename Payload>
    [[nodiscard]] std::optional<wire::Message> last_said() const {
        std::optional<wire::Message> last;
        for (const std::string& bytes : said) {
            wire::Message message = wire::decode_message(bytes).value();
            if (std::holds_alternative<Payload>(message.payload)) last = std::move(message);
        }
        return last;
    }

    [[nodiscard]] Status status() const { return replica_.status(); }
    Replica& replica() { return replica_; }

    Settings settings;
    StateMachine state;
    MonotonicTime now = start_time;

    std::deque<std::string> said;
    std::vector<wire::EntryPtr> committed;
    std::vector<tree::Outcome> outcomes;
    std::vector<Refused> refused;
    std::optional<View> unsaved_promise;
    std::optional<LogIndex> unflushed;

  private:
    Replica replica_;
};

// Delivers what the node says to itself, and flushes, until nothing is left.
inline void settle_alone(TestNode& node) {
    while (!node.said.empty() || node.unsaved_promise || node.unflushed) {
        if (!node.said.empty()) {
            std::string message = std::move(node.said.front());
            node.said.pop_front();
            node.step(MessageReceived{node.settings.node, std::move(message)});
        } else {
            node.flush();
        }
    }
}

}  // namespace pmx::replica::test
