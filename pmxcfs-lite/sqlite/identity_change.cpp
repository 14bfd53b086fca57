#include "sqlite/identity_change.h"

#include <algorithm>
#include <utility>

#include "base/file.h"
#include "base/random.h"
#include "replica/state_machine.h"
#include "sqlite/contents.h"
#include "sqlite/file_scan.h"
#include "sqlite/image.h"
#include "sqlite/state_directory.h"

namespace pmx::sqlite {
namespace {

// The tree of the last checkpoint with all that the log has behind it.
bool holds_files(Image image) {
    auto tree = tree::Tree::from_nodes(std::move(image.state.nodes), image.state.cluster_log);
    if (!tree) return true;
    replica::StateMachine state;
    state.tree = std::move(*tree);
    state.results = image.state.log.base.results;
    state.applied = image.state.log.base.index;
    state.level = image.state.log.base.level;
    for (const wire::EntryPtr& entry : image.state.log.entries)
        state.apply(*entry);
    const auto& nodes = state.tree.nodes();
    return std::any_of(nodes.begin(), nodes.end(),
                       [](const auto& entry) { return entry.second.kind == tree::NodeKind::file; });
}

Image empty_image(ports::Identity member) {
    Image image;
    member.disk = random_disk_id();
    image.state.identity = std::move(member);
    const tree::Tree tree;
    image.state.log.base.tree_digest = tree.digest();
    for (const auto& [inode, node] : tree.nodes())
        image.state.nodes.push_back(node);
    return image;
}

}  // namespace

Result<std::optional<Occupant>> look_at_occupant(const std::string& state_directory) {
    const StateDirectory directory(state_directory);
    if (!exists(directory.database()) && !exists(directory.wal())) return std::nullopt;
    if (auto free = directory.check_not_in_use(); !free) return fail(free.error());
    Occupant damaged;
    damaged.has_files = true;
    if (!scan_files(directory.database()).problems.empty()) return damaged;
    auto database = Database::open(directory.database(), Access::inspect_only);
    if (!database) return damaged;
    Contents contents = read_contents(*database);
    // What waits for `pmxctl recover` may be worth more than what is whole of it.
    if (contents.newer_schema || !contents.problems.empty() || contents.recovery) return damaged;
    Occupant occupant;
    occupant.identity = contents.identity;
    occupant.has_files = holds_files(image_of(std::move(contents)));
    return occupant;
}

Result<std::string> put_empty_member(const std::string& state_directory, ports::Identity member) {
    const StateDirectory directory(state_directory);
    if (auto made = make_directories(directory.path(), 0700); !made) return fail(made.error());
    const auto lock = directory.lock();
    if (!lock) return fail(lock.error());
    std::string aside;
    if (exists(directory.database()) || exists(directory.wal())) {
        aside = directory.name_for_replaced();
    }
    // Complete under this name before the old one is moved, so that a start in between can tell.
    auto done = write_image(directory.saved(), empty_image(std::move(member)), Tuning{});
    if (done && !aside.empty()) done = directory.set_aside(aside);
    if (done) done = directory.put_in_place(directory.saved());
    if (!done) return fail(done.error().while_doing("cannot make a new database"));
    return aside;
}

}  // namespace pmx::sqlite
