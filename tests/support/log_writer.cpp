#include "tests/support/log_writer.h"

#include <stdexcept>
#include <utility>

#include "base/bytes.h"

namespace pmx::sqlite {
namespace {

replica::StateMachine machine_of(const ports::StoredState& state) {
    auto tree = tree::Tree::from_nodes(state.nodes, state.cluster_log);
    if (!tree) throw std::runtime_error(tree.error().message());
    replica::StateMachine machine{
        std::move(*tree), state.log.base.results, state.log.base.index, state.log.base.level, {}};
    return machine;
}

}  // namespace

LogWriter::LogWriter(const ports::StoredState& state)
    : machine_(machine_of(state)), base_(state.log.base), node_(state.identity.node) {
    boot_ = Boot(next(state.log.base.index).value + state.log.entries.size());
    for (const wire::EntryPtr& entry : state.log.entries) {
        (void)machine_.apply(*entry);
        base_.index = entry->index;
        base_.chain = entry->chain;
        base_.view = entry->view;
    }
    base_.level = machine_.level;
}

wire::EntryPtr LogWriter::change(const tree::Op& op) {
    return append(wire::EntryKind::change, tree::encode(op));
}

wire::EntryPtr LogWriter::level(std::uint32_t value) {
    ByteWriter op;
    op.u32(value);
    return append(wire::EntryKind::level, op.take());
}

wire::EntryPtr LogWriter::append(wire::EntryKind kind, std::string op) {
    wire::Entry entry;
    entry.kind = kind;
    entry.index = next(base_.index);
    entry.view.number = 1;
    entry.view.leader = node_;
    entry.request = {node_, boot_, ++sequence_};
    entry.time = wall_from_ns(1'700'000'000'000'000'000 +
                              static_cast<std::int64_t>(entry.index.value) * 1'000'000'000);
    entry.actor = {0, 1000, 4711, "vim"};
    entry.op = std::move(op);
    entry.chain = wire::chain_after(base_.chain, entry);

    tree::Outcome outcome = machine_.apply(entry);
    std::uint32_t ordinal = 0;
    for (tree::Change& change : outcome.changes) {
        for (const Inode inode : {change.inode, change.parent, change.old_parent, change.replaced})
            if (inode.value != 0) touched_.insert(inode);
        history_.push_back({entry.index, ordinal++, std::move(change)});
    }
    base_.index = entry.index;
    base_.view = entry.view;
    base_.chain = entry.chain;
    base_.level = machine_.level;
    return std::make_shared<const wire::Entry>(std::move(entry));
}

wire::EntryPtr LogWriter::save(const std::string& path, const std::string& content) {
    tree::WriteFile write;
    write.at.path = path;
    write.create = true;
    write.edits = {{tree::Edit::Kind::truncate, 0, ""}, {tree::Edit::Kind::write, 0, content}};
    return change(write);
}

ports::Checkpoint LogWriter::checkpoint() {
    ports::Checkpoint checkpoint;
    base_.results = machine_.results;
    base_.tree_digest = machine_.tree.digest();
    checkpoint.base = base_;
    checkpoint.cluster_log = machine_.tree.cluster_log().encode();
    checkpoint.history = std::exchange(history_, {});
    for (const Inode inode : std::exchange(touched_, {})) {
        const tree::Node* node = machine_.tree.find(inode);
        if (node == nullptr) {
            checkpoint.removed.push_back(inode);
        } else {
            checkpoint.changed.push_back(*node);
        }
    }
    return checkpoint;
}

std::map<std::string, std::string> files_of(const tree::Tree& tree) {
    std::map<std::string, std::string> files;
    for (const auto& [inode, node] : tree.nodes())
        if (node.content) files.emplace(tree.path_of(inode), *node.content);
    return files;
}

tree::Tree tree_of(const ports::StoredState& state) {
    replica::StateMachine machine = machine_of(state);
    for (const wire::EntryPtr& entry : state.log.entries)
        (void)machine.apply(*entry);
    return std::move(machine.tree);
}

}  // namespace pmx::sqlite
