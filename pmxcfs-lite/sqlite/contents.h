// All that a database holds, read and checked to the last byte.
//
// What fails its check is a problem and is left out: nothing in here is anything but what was
// written. Only of changes that lost out, and of nodes kept aside, the rest is whole without it.
// The order of checks is SQLite's own structure, the schema, records, the log's chain, inodes,
// history, and at last the tree against the digest in the base.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "ports/log_store.h"
#include "sqlite/damage.h"
#include "sqlite/database.h"
#include "sqlite/records.h"
#include "tree/tree.h"
#include "wire/entry.h"

namespace pmx::sqlite {

struct Contents {
    std::vector<std::string> problems;
    // Inodes whose row is not whole, by what the index still says of them.
    struct LostInode {
        Inode inode;
        Inode parent;
        std::string name;
    };
    std::vector<LostInode> lost_inodes;

    int schema_version = 0;
    bool newer_schema = false;  // written by a later program; nothing else was read

    std::optional<ports::Identity> identity;
    std::optional<Place> place;
    std::optional<View> promise;
    std::optional<replica::Base> base;
    std::optional<Floor> floor;
    std::optional<tree::ClusterLog> cluster_log;
    std::optional<Damage> recovery;

    // Every entry that is linked by its chain to the floor, or from either side to the base.
    std::map<LogIndex, wire::EntryPtr> entries;
    std::uint64_t entry_bytes = 0;
    LogIndex last_seen;                 // of the log's rows, the damaged ones included
    bool log_may_lack_its_end = false;  // rows can be missing that nothing else tells of
    std::map<Inode, tree::Node> nodes;
    std::vector<ports::HistoryChange> history;
    std::vector<ports::RejectedChange> rejected;
    std::vector<std::int64_t> damaged_rejected;  // numbers of rows
    std::vector<tree::Node> aside;
    // Damage in what can be done without: reported, and left out.
    std::vector<std::string> warnings;
    bool tree_is_whole = false;  // nodes and cluster_log make the tree that base tells of

    [[nodiscard]] LogIndex last() const;  // of the log, an empty one's floor included
};

// A log and its history are much larger than the tree. A start needs the entries after the base
// only: with Keep::what_a_start_needs all is checked, and the rest forgotten on the way. What that
// finds problems with is to be read again, with everything, for all that can be saved of it.
enum class Keep : std::uint8_t { everything, what_a_start_needs };
Contents read_contents(Database& database, Keep keep = Keep::everything);

}  // namespace pmx::sqlite
