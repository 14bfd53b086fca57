#include "sqlite/salvage.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "base/random.h"
#include "replica/state_machine.h"
#include "sqlite/lost_and_found.h"

namespace pmx::sqlite {
namespace {

std::string entry_range(LogIndex from, LogIndex to) {
    if (from == to) return "log entry " + std::to_string(from.value);
    return "log entries " + std::to_string(from.value) + " to " + std::to_string(to.value);
}

class Salvage {
  public:
    Salvage(Contents contents, const OpenOptions& options, bool may_begin_anew)
        : contents_(std::move(contents)), options_(options), may_begin_anew_(may_begin_anew) {}

    Image run();

  private:
    [[nodiscard]] bool has_peers() const;
    Image newcomer();
    void decide_identity();
    void choose_tree();
    bool take_checkpoint();
    bool rebuild_from_log();
    void take_what_is_whole();
    void keep_older_entries();
    void apply_tail();
    void apply(const wire::EntryPtr& entry);
    void begin_log_here();
    void list_lost_entries();
    void list_lost_inodes();
    void finish();

    [[nodiscard]] wire::EntryPtr entry(LogIndex index) const {
        const auto found = contents_.entries.find(index);
        return found == contents_.entries.end() ? nullptr : found->second;
    }
    [[nodiscard]] replica::Base first_base() const;
    [[nodiscard]] std::uint32_t level_at(LogIndex index) const;
    [[nodiscard]] wire::Chain chain_of_its_own() const;
    void lost(std::string text) { diagnosis_.lost.push_back(std::move(text)); }

    Contents contents_;
    const OpenOptions& options_;
    const bool may_begin_anew_;
    Image image_;
    Damage diagnosis_;
    replica::StateMachine machine_;
    replica::Base base_;  // grows with what is applied
    bool tree_is_whole_ = true;
};

Image Salvage::run() {
    diagnosis_.problems = contents_.problems;
    decide_identity();
    if (may_begin_anew_ && has_peers()) return newcomer();
    choose_tree();
    keep_older_entries();
    apply_tail();
    list_lost_entries();
    if (!tree_is_whole_) list_lost_inodes();
    finish();
    return std::move(image_);
}

void Salvage::decide_identity() {
    ports::Identity& identity = image_.state.identity;
    const replica::VoterList voters =
        contents_.base ? contents_.base->voters : replica::VoterList{};
    if (contents_.identity) {
        identity = *contents_.identity;
    } else {
        lost("the record of the cluster's id and of this node's name");
        identity.disk = random_disk_id();
        identity.node = options_.node;
        identity.node_name = options_.node_name;
        identity.mode = voters.size() > 1 ? ports::Mode::cluster : options_.mode_if_new;
        // The log of a node alone names its disk as the only voter.
        if (voters.size() == 1) identity.disk = voters.front().disk;
        if (voters.size() == 1) identity.node = voters.front().node;
        if (identity.mode == ports::Mode::one_node) identity.cluster = random_cluster_id();
    }
}

// Of a cluster whose only voter was this disk nobody else has anything.
bool Salvage::has_peers() const {
    const ports::Identity& identity = image_.state.identity;
    const replica::VoterList alone{{identity.node, identity.disk}};
    const bool only_voter = contents_.base && contents_.base->voters == alone;
    return identity.mode == ports::Mode::cluster && !only_voter;
}

// What was promised or acknowledged and is lost, nobody knows: to its peers it is another disk, and
// they send it everything but what is whole here.
Image Salvage::newcomer() {
    Image fresh;
    fresh.state.identity = image_.state.identity;
    fresh.state.identity.disk = random_disk_id();
    const tree::Tree empty;
    fresh.state.log.base.tree_digest = empty.digest();
    for (const auto& [inode, node] : empty.nodes())
        fresh.state.nodes.push_back(node);
    for (auto& [inode, node] : contents_.nodes)
        fresh.state.log.aside.push_back(std::move(node));
    for (const ports::RejectedChange& change : contents_.rejected)
        fresh.state.rejected.insert(change.request);
    fresh.rejected = std::move(contents_.rejected);
    return fresh;
}

replica::Base Salvage::first_base() const {
    replica::Base base;
    const ports::Identity& identity = image_.state.identity;
    base.voters = {{identity.node, identity.disk}};
    return base;
}

// That no other log has; before the first entry there is only one.
wire::Chain Salvage::chain_of_its_own() const {
    if (base_.index.value == 0) return {};
    ByteWriter unique;
    unique.string("salvaged");
    unique.id(image_.state.identity.disk);
    return sha256(unique.bytes());
}

void Salvage::choose_tree() {
    if (take_checkpoint() || rebuild_from_log()) return;
    tree_is_whole_ = false;
    take_what_is_whole();
}

bool Salvage::take_checkpoint() {
    if (!contents_.tree_is_whole) return false;
    std::vector<tree::Node> nodes;
    for (const auto& [inode, node] : contents_.nodes)
        nodes.push_back(node);
    auto tree = tree::Tree::from_nodes(std::move(nodes), *contents_.cluster_log);
    PMX_CHECK(tree.has_value(), "a tree that was whole a moment ago");
    machine_.tree = std::move(*tree);
    machine_.results = contents_.base->results;
    machine_.applied = contents_.base->index;
    machine_.level = contents_.base->level;
    base_ = *contents_.base;
    return true;
}

bool Salvage::rebuild_from_log() {
    LogIndex end;
    while (entry(next(end)) != nullptr)
        end = next(end);
    if (end.value == 0 || (contents_.base && end < contents_.base->index)) return false;
    const LogIndex last = contents_.base ? contents_.base->index : end;
    base_ = first_base();
    for (LogIndex index(1); index <= last; index = next(index))
        apply(entry(index));
    if (!contents_.base || machine_.tree.digest() == contents_.base->tree_digest) return true;
    machine_ = {};
    image_.history.clear();
    return false;
}

void Salvage::take_what_is_whole() {
    LogIndex index;
    if (contents_.base) {
        base_ = *contents_.base;
        index = base_.index;
    } else {
        // The last that the rows show a trace of.
        for (const auto& [inode, node] : contents_.nodes)
            index = std::max(index, node.version);
        for (const ports::HistoryChange& change : contents_.history)
            index = std::max(index, change.index);
        base_ = first_base();
        base_.index = index;
        base_.level = level_at(index);
        lost("the record of where the log's base is, and with it which requests were applied");
        base_.chain = chain_of_its_own();
        if (const wire::EntryPtr last = entry(index)) {
            base_.view = last->view;
            base_.chain = last->chain;
        }
    }
    if (!contents_.cluster_log) lost("the cluster log");
    machine_.tree = arrange(std::move(contents_.nodes), index,
                            contents_.cluster_log.value_or(tree::ClusterLog()), diagnosis_.lost);
    machine_.results = base_.results;
    machine_.applied = index;
    machine_.level = base_.level;
}

// As far as it shows: with a level too low what the entries behind it ask for would not be done.
std::uint32_t Salvage::level_at(LogIndex index) const {
    std::uint32_t level = 1;
    for (const auto& [inode, node] : contents_.nodes) {
        if (node.withheld != tree::Withheld()) level = tree::level_of(tree::SetPermissions());
    }
    for (const auto& [at, entry] : contents_.entries) {
        if (at > index) break;
        if (entry->kind == wire::EntryKind::level) level = replica::level_after(level, *entry);
    }
    return level;
}

// Entries up to the base are history. They stay as far as the chain reaches down from it.
void Salvage::keep_older_entries() {
    image_.floor = {base_.index, base_.chain};
    while (const wire::EntryPtr older = entry(image_.floor.index)) {
        const LogIndex before(older->index.value - 1);
        if (contents_.floor && contents_.floor->index == before) {
            image_.floor = *contents_.floor;
        } else if (const wire::EntryPtr previous = entry(before)) {
            image_.floor = {before, previous->chain};
        } else if (before.value == 0) {
            image_.floor = {};
        } else {
            break;
        }
    }
    for (LogIndex index = next(image_.floor.index); index <= base_.index; index = next(index))
        image_.older_entries.push_back(entry(index));
    const bool rebuilt = !image_.history.empty();
    if (!rebuilt) image_.history = std::move(contents_.history);
    std::erase_if(image_.history, [&](const ports::HistoryChange& change) {
        return change.index <= image_.floor.index || change.index > base_.index;
    });
    // A damaged page can show a row twice.
    const auto key = [](const ports::HistoryChange& change) {
        return std::pair(change.index, change.ordinal);
    };
    std::sort(image_.history.begin(), image_.history.end(),
              [&](const auto& a, const auto& b) { return key(a) < key(b); });
    const auto twice = std::unique(image_.history.begin(), image_.history.end(),
                                   [&](const auto& a, const auto& b) { return key(a) == key(b); });
    image_.history.erase(twice, image_.history.end());
}

void Salvage::apply(const wire::EntryPtr& entry) {
    tree::Outcome outcome = machine_.apply(*entry);
    std::uint32_t ordinal = 0;
    for (tree::Change& change : outcome.changes)
        image_.history.push_back({entry->index, ordinal++, std::move(change)});
    replica::InForce in_force{
        std::move(base_.voters), {}, base_.level, base_.view, std::move(base_.ended)};
    (void)in_force.apply(*entry);
    base_.index = entry->index;
    base_.view = entry->view;
    base_.chain = entry->chain;
    base_.voters = std::move(in_force.voters);
    base_.level = in_force.level;
    base_.ended = std::move(in_force.ended);
}

// What a node alone wrote to its log is committed. A member's tail is for its cluster to decide.
void Salvage::apply_tail() {
    if (has_peers()) return;
    for (LogIndex index = next(base_.index); entry(index) != nullptr; index = next(index)) {
        const bool linked = wire::chain_after(base_.chain, *entry(index)) == entry(index)->chain;
        apply(entry(index));
        if (linked) {
            image_.older_entries.push_back(entry(index));
        } else {
            begin_log_here();
        }
    }
}

// The base's own record is lost, and with it what the next entry would follow.
void Salvage::begin_log_here() {
    image_.floor = {base_.index, base_.chain};
    image_.older_entries.clear();
    image_.history.clear();
}

void Salvage::list_lost_entries() {
    if (!contents_.floor) lost("the record of where the log begins");
    if (contents_.floor && contents_.floor->index < image_.floor.index) {
        lost(entry_range(next(contents_.floor->index), image_.floor.index) +
             ", and the history they hold");
    }
    LogIndex kept = base_.index;
    if (!image_.state.log.entries.empty()) kept = image_.state.log.entries.back()->index;
    const LogIndex last = std::max(contents_.last(), contents_.last_seen);
    if (last > kept) lost(entry_range(next(kept), last) + ", and the changes they hold");
    if (contents_.log_may_lack_its_end) {
        lost("changes after log entry " + std::to_string(std::max(kept, last).value) +
             ", if there were any");
    }
}

void Salvage::list_lost_inodes() {
    std::map<Inode, std::string> paths;  // as history knew them last; empty: removed
    for (const ports::HistoryChange& history : image_.history) {
        const tree::Change& change = history.change;
        const bool gone =
            change.kind == tree::ChangeKind::removed || change.kind == tree::ChangeKind::expired;
        paths[change.inode] = gone ? "" : change.path;
        if (change.replaced.value != 0) paths[change.replaced].clear();
    }
    for (const Contents::LostInode& inode : contents_.lost_inodes) {
        if (machine_.tree.find(inode.inode) != nullptr) continue;
        std::string& known = paths[inode.inode];
        if (known.empty() && machine_.tree.find(inode.parent) != nullptr) {
            const std::string directory = machine_.tree.path_of(inode.parent);
            known = directory.empty() ? inode.name : directory + "/" + inode.name;
        }
        if (known.empty()) {
            known = "'" + inode.name + "' of a directory that is lost too (inode " +
                    std::to_string(inode.parent.value) + ")";
        }
    }
    for (const auto& [inode, path] : paths) {
        if (!path.empty() && machine_.tree.find(inode) == nullptr) lost("file " + path);
    }
}

void Salvage::finish() {
    for (const ports::RejectedChange& change : contents_.rejected)
        image_.state.rejected.insert(change.request);
    image_.rejected = std::move(contents_.rejected);
    base_.results = machine_.results;
    base_.tree_digest = machine_.tree.digest();
    image_.state.log.base = base_;
    for (const auto& [inode, node] : machine_.tree.nodes()) {
        image_.state.nodes.push_back(node);
        ++(node.kind == tree::NodeKind::file ? diagnosis_.whole_files
                                             : diagnosis_.whole_directories);
    }
    image_.state.cluster_log = machine_.tree.cluster_log();

    View& promise = image_.state.log.promise;
    if (!contents_.promise) lost("the record of which leader this node follows");
    promise = contents_.promise.value_or(base_.view);
    if (!image_.state.log.entries.empty()) {
        promise = std::max(promise, image_.state.log.entries.back()->view);
    }
    diagnosis_.confirmable = true;
    image_.recovery = std::move(diagnosis_);
}

}  // namespace

Image salvage(Contents contents, const OpenOptions& options, bool may_begin_anew) {
    return Salvage(std::move(contents), options, may_begin_anew).run();
}

}  // namespace pmx::sqlite
