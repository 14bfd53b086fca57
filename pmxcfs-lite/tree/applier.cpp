#include "tree/applier.h"

#include <algorithm>
#include <utility>

#include "tree/edits.h"
#include "tree/layout.h"
#include "tree/limits.h"
#include "tree/permissions.h"
#include "tree/walk.h"

namespace pmx::tree {

namespace {

// As many numbers as an entry has to give (inode_number()).
constexpr std::uint64_t inodes_per_entry = inode_number(LogIndex(1), 0).value;
static_assert(max_transaction_steps <= inodes_per_entry, "each step may create a node");
static_assert(inode_number(LogIndex(1), inodes_per_entry) == inode_number(LogIndex(2), 0));

// Time has an end too.
WallTime just_after(WallTime time) {
    return time == WallTime::max() ? time : time + std::chrono::nanoseconds(1);
}

}  // namespace

Applier::Applier(const Tree& tree, const ApplyContext& context)
    : context_(context), time_(std::max(context.time, just_after(tree.time()))), draft_(tree) {}

Result<Inode> Applier::operator()(const CreateFile& op) {
    auto place = locate(op.at);
    if (!place) return fail(place.error());
    if (place->node != nullptr) return fail(Code::already_exists);
    return create(*place, NodeKind::file, std::make_shared<const std::string>(), time_);
}

Result<Inode> Applier::operator()(const WriteFile& op) {
    auto place = locate(op.at);
    if (!place) return fail(place.error());
    if (place->node != nullptr) return rewrite(*place->node, op);
    if (!op.create) return fail(Code::not_found);
    auto content = apply_edits(std::make_shared<const std::string>(), op.edits);
    if (!content) return fail(content.error());
    return create(*place, NodeKind::file, std::move(*content), op.mtime.value_or(time_));
}

Result<Inode> Applier::operator()(const MakeDirectory& op) {
    auto place = locate(op.at);
    if (!place) return fail(place.error());
    if (place->node != nullptr) return fail(Code::already_exists);
    return create(*place, NodeKind::directory, nullptr, time_);
}

Result<Inode> Applier::operator()(const RemoveFile& op) {
    auto node = walk(draft_, op.at);
    if (!node) return fail(node.error());
    if ((*node)->kind == NodeKind::directory) return fail(Code::is_a_directory);
    remove(**node, ChangeKind::removed);
    return Inode();
}

Result<Inode> Applier::operator()(const RemoveDirectory& op) {
    auto node = walk(draft_, op.at);
    if (!node) return fail(node.error());
    if ((*node)->kind != NodeKind::directory) return fail(Code::not_a_directory);
    if (is_structural(**node)) return fail(Code::permission_denied);
    if (!draft_.is_empty((*node)->inode)) return fail(Code::not_empty);
    remove(**node, ChangeKind::removed);
    return Inode();
}

Result<Inode> Applier::operator()(const Rename& op) {
    auto from = walk(draft_, op.from);
    if (!from) return fail(from.error());
    const Node& node = **from;
    auto to = locate(op.to);
    if (!to) return fail(to.error());
    if (to->node != nullptr && op.no_replace) return fail(Code::already_exists);
    if (to->node != nullptr && to->node->inode == node.inode) return node.inode;
    const Code code = check_rename(node, *to);
    if (code != Code::ok) return fail(code);

    Change change = describe(ChangeKind::renamed, node);
    change.old_parent = change.parent;
    change.old_name = std::move(change.name);
    change.old_path = std::move(change.path);
    if (to->node != nullptr) {
        change.replaced = to->node->inode;
        change.closed = change.closed || is_closed(draft_, to->node->inode);
        draft_.remove(to->node->inode);
    }
    draft_.move(node.inode, to->directory, to->name);
    touch_directory(change.old_parent);
    if (to->directory != change.old_parent) touch_directory(to->directory);
    Node& moved = draft_.edit(node.inode);
    stamp(moved, moved.mtime);
    const Code guests = check_guests_below(moved.inode);
    if (guests != Code::ok) return fail(guests);

    change.parent = moved.parent;
    change.name = moved.name;
    change.path = path_in(draft_, moved.inode);
    change.closed = change.closed || is_closed(draft_, moved.inode);
    changes_.push_back(std::move(change));
    return moved.inode;
}

Result<Inode> Applier::operator()(const SetTimes& op) {
    auto node = walk(draft_, op.at);
    if (!node) return fail(node.error());
    const Inode inode = (*node)->inode;
    if (is_lock(**node)) {
        if (op.mtime == WallTime()) return inode;
        if ((*node)->writer != context_.node) return fail(Code::access_denied);
    }
    stamp(draft_.edit(inode), op.mtime);
    changes_.push_back(describe(ChangeKind::times, *draft_.find(inode)));
    return inode;
}

Result<Inode> Applier::operator()(const ExpireLock& op) {
    const Node* lock = draft_.find(op.lock);
    if (lock == nullptr || lock->version != op.renewed_at) return Inode();
    if (!is_lock(*lock)) return fail(Code::invalid_argument);
    if (!draft_.is_empty(lock->inode)) return fail(Code::not_empty);
    remove(*lock, ChangeKind::expired);
    return Inode();
}

Result<Inode> Applier::operator()(const AppendClusterLog& op) {
    ClusterLogMessage message{context_.index, context_.node, time_,  op.ident,
                              op.user,        op.severity,   op.pid, op.text};
    if (!is_valid(message)) return fail(Code::invalid_argument);
    draft_.cluster_log().append(std::move(message));
    return Inode();
}

Result<Inode> Applier::operator()(const SetPermissions& op) {
    auto node = walk(draft_, op.at);
    if (!node) return fail(node.error());
    const NodeKind kind = (*node)->kind;
    const Inode inode = (*node)->inode;
    const Withheld withheld = withheld_after(kind, (*node)->withheld, op);
    if (is_lock(**node)) {  // its version says when it was renewed
        const bool shows = mode_of(kind, true, withheld) != mode_of_place(kind, true);
        return shows ? Result<Inode>(fail(Code::permission_denied)) : inode;
    }
    if (withheld == (*node)->withheld) return inode;
    const bool was_closed = is_closed(draft_, inode);
    Node& changed = draft_.edit(inode);
    changed.withheld = withheld;
    stamp(changed, changed.mtime);
    changes_.push_back(describe(ChangeKind::permissions, changed));
    changes_.back().closed = changes_.back().closed || was_closed;
    return inode;
}

Result<Inode> Applier::operator()(const Transaction& op) {
    if (op.steps.size() > max_transaction_steps || op.expectations.size() > max_transaction_steps) {
        return fail(Code::invalid_argument);
    }
    for (const Expectation& expectation : op.expectations) {
        const Code code = check_expectation(expectation);
        if (code != Code::ok) return fail(code);
    }
    Inode last;
    for (const Op& step : op.steps) {
        if (std::holds_alternative<Transaction>(step) || std::holds_alternative<ExpireLock>(step)) {
            return fail(Code::invalid_argument);
        }
        auto inode = std::visit(*this, step);
        if (!inode) return inode;
        if (*inode != Inode()) last = *inode;
    }
    return last;
}

Result<Applier::Place> Applier::locate(const Ref& ref) const {
    if (ref.path.empty()) {
        const Node* node = draft_.find(ref.base);
        if (node == nullptr) return fail(Code::not_found);
        return Place{node->parent, node->name, node};
    }
    const std::size_t slash = ref.path.rfind('/');
    if (slash == 0) return fail(Code::not_found);  // as walk() finds it
    const bool is_name = slash == std::string::npos;
    auto directory = walk(draft_, {ref.base, is_name ? std::string() : ref.path.substr(0, slash)});
    if (!directory) return fail(directory.error());
    if ((*directory)->kind != NodeKind::directory) return fail(Code::not_a_directory);
    Place place{(*directory)->inode, is_name ? ref.path : ref.path.substr(slash + 1)};
    place.node = draft_.child(place.directory, place.name);
    return place;
}

// Whether something may come to be at a place that is free.
Code Applier::check_new_name(const Place& place) const {
    const Code code = check_name(place.name);
    if (code != Code::ok) return code;
    if (depth(place.directory) >= max_depth) return Code::name_too_long;
    return is_lock(*draft_.find(place.directory)) ? Code::permission_denied : Code::ok;
}

Code Applier::check_expectation(const Expectation& expectation) const {
    auto node = walk(draft_, expectation.at);
    const LogIndex version = node ? (*node)->version : LogIndex();
    const bool wants_none = expectation.version == LogIndex();
    return wants_none == !node.has_value() && version == expectation.version
               ? Code::ok
               : Code::version_mismatch;
}

Code Applier::check_rename(const Node& node, const Place& to) const {
    if (is_structural(node)) return Code::permission_denied;
    if (node.kind == NodeKind::directory) {
        if (is_lock(node) || is_lock_directory(to.directory)) return Code::permission_denied;
        const auto above = lineage(draft_, to.directory);
        if (std::any_of(above.begin(), above.end(),
                        [&](const Node* n) { return n->inode == node.inode; })) {
            return Code::same_object;
        }
    }
    if (to.node != nullptr) return check_replace(node, *to.node);
    const Code code = check_new_name(to);
    if (code != Code::ok) return code;
    const std::size_t new_depth = depth(to.directory) + 1;
    const bool deeper = new_depth > depth(node.inode);
    return deeper && new_depth + height(node) > max_depth ? Code::name_too_long : Code::ok;
}

Code Applier::check_replace(const Node& node, const Node& replaced) const {
    if (replaced.kind == NodeKind::file) {
        return node.kind == NodeKind::file ? Code::ok : Code::not_a_directory;
    }
    if (node.kind == NodeKind::file) return Code::is_a_directory;
    if (is_structural(replaced)) return Code::permission_denied;
    if (!draft_.is_empty(replaced.inode)) return Code::not_empty;
    return Code::ok;
}

// Of all guest configurations at or below a node, each VMID must be there once in the cluster.
Code Applier::check_guests_below(Inode inode) const {
    constexpr std::size_t guest_depth = 4;
    const std::string path = path_in(draft_, inode);
    if (draft_.find(inode)->kind == NodeKind::file) return check_guest(path);
    if (path != "nodes" && !path.starts_with("nodes/")) return Code::ok;
    if (depth(inode) >= guest_depth) return Code::ok;
    Code result = Code::ok;
    draft_.each_child(inode, [&](const Node& child) {
        if (result == Code::ok) result = check_guests_below(child.inode);
    });
    return result;
}

Code Applier::check_guest(const std::string& path) const {
    const auto guest = guest_config(path);
    if (!guest) return Code::ok;
    const std::string file_name = std::to_string(guest->vmid) + ".conf";
    unsigned count = 0;
    draft_.each_child(draft_.child(root_inode, "nodes")->inode, [&](const Node& host) {
        for (std::string_view kind : guest_kinds) {
            const Node* guests = draft_.child(host.inode, kind);
            if (guests == nullptr) continue;
            const Node* config = draft_.child(guests->inode, file_name);
            if (config != nullptr && config->kind == NodeKind::file) ++count;
        }
    });
    return count > 1 ? Code::already_exists : Code::ok;
}

Result<Inode> Applier::create(const Place& place, NodeKind kind, Content content, WallTime mtime) {
    const Code code = check_new_name(place);
    if (code != Code::ok) return fail(code);
    const std::uint64_t bytes = content ? content->size() : 0;
    const Totals totals = draft_.totals();
    if (totals.inodes >= max_inodes || totals.bytes + bytes > max_total_bytes) {
        return fail(Code::no_space);
    }
    Node node;
    node.inode = inode_number(context_.index, created_++);
    if (node.inode == Inode() || draft_.find(node.inode) != nullptr) {
        return fail(Code::corrupt);  // an index that no log gives
    }
    node.parent = place.directory;
    node.name = place.name;
    node.kind = kind;
    node.content = std::move(content);
    stamp(node, mtime);
    const Inode inode = node.inode;
    draft_.add(std::move(node));
    touch_directory(place.directory);
    if (kind == NodeKind::file) {
        const Code guest = check_guest(path_in(draft_, inode));
        if (guest != Code::ok) return fail(guest);
    }
    changes_.push_back(describe(ChangeKind::created, *draft_.find(inode)));
    return inode;
}

Result<Inode> Applier::rewrite(const Node& file, const WriteFile& op) {
    if (file.kind == NodeKind::directory) return fail(Code::is_a_directory);
    const Inode inode = file.inode;
    const bool modifies = has_effect(op.edits);
    if (!modifies && !op.mtime) return inode;
    if (modifies) {
        const std::uint64_t before = file.content->size();
        auto content = apply_edits(file.content, op.edits);
        if (!content) return fail(content.error());
        const std::uint64_t after = (*content)->size();
        if (after > before && draft_.totals().bytes - before + after > max_total_bytes) {
            return fail(Code::no_space);
        }
        draft_.set_content(inode, std::move(*content));
    }
    Node& node = draft_.edit(inode);
    stamp(node, op.mtime.value_or(time_));
    changes_.push_back(describe(modifies ? ChangeKind::modified : ChangeKind::times, node));
    return inode;
}

void Applier::remove(const Node& node, ChangeKind kind) {
    Change change = describe(kind, node);
    draft_.remove(node.inode);
    touch_directory(change.parent);
    changes_.push_back(std::move(change));
}

void Applier::stamp(Node& node, WallTime mtime) {
    node.mtime = mtime;
    node.version = context_.index;
    node.writer = context_.node;
}

void Applier::touch_directory(Inode directory) {
    Node& node = draft_.edit(directory);
    stamp(node, std::max(time_, just_after(node.mtime)));
}

Change Applier::describe(ChangeKind kind, const Node& node) const {
    Change change;
    change.kind = kind;
    change.node = node.kind;
    change.inode = node.inode;
    change.parent = node.parent;
    change.name = node.name;
    change.path = path_in(draft_, node.inode);
    change.size = node.content ? node.content->size() : 0;
    change.withheld = node.withheld;
    change.closed = is_closed(draft_, node.inode);
    return change;
}

bool Applier::is_lock_directory(Inode inode) const {
    return path_in(draft_, inode) == lock_directory;
}

bool Applier::is_lock(const Node& node) const {
    return node.kind == NodeKind::directory && node.inode != root_inode &&
           is_lock_directory(node.parent);
}

bool Applier::is_structural(const Node& node) const {
    return node.kind == NodeKind::directory && tree::is_structural(path_in(draft_, node.inode));
}

std::size_t Applier::depth(Inode inode) const {
    return lineage(draft_, inode).size();
}

// How many levels lie below.
std::size_t Applier::height(const Node& node) const {
    if (node.kind == NodeKind::file) return 0;
    std::size_t levels = 0;
    draft_.each_child(node.inode,
                      [&](const Node& child) { levels = std::max(levels, height(child) + 1); });
    return levels;
}

Outcome Tree::apply(const Op& op, const ApplyContext& context) {
    Applier applier(*this, context);
    const Result<Inode> result = std::visit(applier, op);
    if (!result) return {result.error().code(), {}, {}};
    if (applier.draft().is_changed()) applier.draft().commit(*this, applier.time());
    return {Code::ok, *result, std::move(applier.changes())};
}

Code Tree::check(const Op& op, const ApplyContext& context) const {
    // Numbers of an index from here on are not taken.
    const LogIndex free = LogIndex(nodes_.rbegin()->first.value / inodes_per_entry + 1);
    Applier applier(*this, {std::max(context.index, free), context.time, context.node});
    const Result<Inode> result = std::visit(applier, op);
    return result ? Code::ok : result.error().code();
}

}  // namespace pmx::tree
