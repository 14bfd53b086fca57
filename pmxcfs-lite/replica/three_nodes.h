// Node 1 of three, the others played by the test message by message.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "replica/impl.h"
#include "replica/log.h"
#include "replica/test_node.h"

namespace pmx::replica::test {

inline constexpr NodeId node_1{1};
inline constexpr NodeId node_2{2};
inline constexpr NodeId node_3{3};
inline const std::vector<NodeId> all_nodes{node_1, node_2, node_3};

inline VoterList all_voters() {
    return {{node_1, disk_of(node_1)}, {node_2, disk_of(node_2)}, {node_3, disk_of(node_3)}};
}

inline View view_of(std::uint64_t number, NodeId leader) {
    return {{}, number, leader};
}

// A log of `count` entries of view 1@1, the voter list first.
inline std::vector<wire::EntryPtr> some_log(std::size_t count) {
    Log log({}, {});
    std::vector<wire::EntryPtr> entries;
    for (std::size_t i = 0; i < count; ++i) {
        wire::Entry entry;
        entry.index = next(log.last());
        entry.view = view_of(1, node_1);
        entry.kind = i == 0 ? wire::EntryKind::voters : wire::EntryKind::barrier;
        if (i == 0) entry.op = encode(all_voters());
        if (i > 0) entry.request = {node_3, Boot(1), i};
        entries.push_back(log.append(std::move(entry)));
    }
    return entries;
}

class ThreeNodes : public testing::Test {
  protected:
    explicit ThreeNodes(std::size_t entries = 5)
        : log(some_log(entries)),
          node(settings_of(node_1), all_nodes, Recovered{view_of(1, node_1), {}, log}) {}

    void configure() { node.step(ConfigurationChanged{all_nodes, true}); }

    // What `sender` would say with the log of entries up to `last`.
    [[nodiscard]] wire::Hello hello_of(NodeId sender, std::uint64_t round,
                                       std::uint64_t last) const {
        wire::Hello hello;
        hello.cluster = node.settings.cluster;
        hello.disk = disk_of(sender);
        hello.round = round;
        hello.voters = encode(all_voters());
        if (last > 0) {
            hello.last_view = log[last - 1]->view;
            hello.chain = log[last - 1]->chain;
        }
        hello.last_index = LogIndex(last);
        return hello;
    }
    [[nodiscard]] wire::ViewProposal view_from(std::uint64_t last) const {
        const wire::Hello hello = hello_of(node_2, 1, last);
        wire::ViewProposal proposal;
        proposal.cluster = hello.cluster;
        proposal.last_view = hello.last_view;
        proposal.last_index = hello.last_index;
        proposal.chain = hello.chain;
        proposal.voters = encode(all_voters());
        return proposal;
    }
    // Own messages come back, as they do from the group.
    void deliver_own() {
        while (!node.said.empty()) {
            std::string message = std::move(node.said.front());
            node.said.pop_front();
            node.step(MessageReceived{node_1, std::move(message)});
        }
    }
    void accept_from(NodeId sender, const View& view) {
        node.hear(sender, view, wire::Accept{disk_of(sender)});
    }
    // Node 1 leads 2@1 from entry 5 on; its first entry is 6, on no disk yet.
    void lead() {
        configure();
        deliver_own();
        node.hear(node_2, view_of(1, node_1), hello_of(node_2, 1, 5));
        node.hear(node_3, view_of(1, node_1), hello_of(node_3, 1, 5));
        deliver_own();
        node.flush();
        deliver_own();
        accept_from(node_2, view_of(2, node_1));
        ASSERT_TRUE(node.status().leading);
        node.said.clear();
    }
    // Node 1 follows 2@2 from entry 5 on; nothing was ordered in it.
    void follow() {
        configure();
        node.hear(node_2, view_of(2, node_2), view_from(5));
        node.flush();
        accept_from(node_2, view_of(2, node_2));
        accept_from(node_3, view_of(2, node_2));
        ASSERT_EQ(node.status().open_view, view_of(2, node_2));
        node.said.clear();
    }
    [[nodiscard]] wire::Durable durable_from(NodeId sender, const wire::EntryPtr& entry) const {
        return {disk_of(sender), entry->index, entry->chain};
    }
    static wire::Append append_of(std::uint64_t first, std::vector<wire::Append::Item> items) {
        return {LogIndex(first), std::move(items)};
    }
    static wire::Append::Item first_entry_item() {
        return {RequestId(), wire::encode(wire::Draft{wire::EntryKind::first, {}, {}, {}})};
    }

    std::vector<wire::EntryPtr> log;
    TestNode node;
};

}  // namespace pmx::replica::test
