// Opening the database of a state directory, whatever state it is in.
//
// The directory holds `store.db` with its `store.db-wal`, `lock` (held by the daemon that serves
// it), and a directory for each database that was set aside, `damaged-<UTC time>` or, when another
// took its place (identity_change.h), `replaced-<UTC time>`. The database is locked for as long as
// the store lives: no other program reads it meanwhile, fsck included.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "ports/log_store.h"
#include "sqlite/damage.h"

namespace pmx::sqlite {

struct OpenOptions {
    std::string state_directory;  // made when it is missing, mode 0700

    // For a new database only; an existing one keeps what it says.
    NodeId node{1};
    std::string node_name;
    ports::Mode mode_if_new = ports::Mode::one_node;
};

struct Opened {
    std::unique_ptr<ports::LogStore> store;
    ports::StoredState state;

    // A new database has a random disk id. With Mode::one_node it is complete: a random cluster id,
    // and its base names this disk as the only voter.
    bool created = false;

    // When set, what is served is what could be saved, or nothing; every write() fails with
    // Code::read_only until confirm_recovery(). The same comes again at each start until then.
    std::optional<Damage> damage;

    // Of a member of a cluster whose database turned out to be a copy (its file is not the one it
    // was written as): the disk id it had. `state` has the new one.
    std::optional<DiskId> former_disk;

    std::vector<std::string> warnings;  // for the journal; nothing is read-only because of them
};

// Fails only where no store can be at all: the directory cannot be made or read, another daemon
// holds it (Code::busy, naming its process), or a new database cannot be written.
Result<Opened> open(const OpenOptions& options);
struct Tuning;  // database.h; for tests and measurements
Result<Opened> open(const OpenOptions& options, const Tuning& tuning);

// Makes what was saved of a damaged database writable, for good: on the store that open() gave,
// from its writer's thread; or on a state directory that no daemon holds (Code::busy when one
// does). Code::invalid_argument when there is nothing to confirm.
Result<void> confirm_recovery(ports::LogStore& store);
Result<void> confirm_recovery(const std::string& state_directory);

}  // namespace pmx::sqlite
