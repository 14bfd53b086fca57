// What an applied operation did: for caches, inotify, history and the database.
#pragma once

#include <cstdint>
#include <string>

#include "base/ids.h"
#include "tree/withheld.h"

namespace pmx::tree {

enum class NodeKind : std::uint8_t { directory = 4, file = 8 };  // as in pmxcfs's config.db

// Values are in the history table: never renumber.
enum class ChangeKind : std::uint8_t {
    created = 1,   // with its content, if it has any: no `modified` follows
    modified = 2,  // content, and with it mtime
    removed = 3,
    renamed = 4,
    times = 5,    // mtime alone
    expired = 6,  // a lock directory removed for want of renewal
    permissions = 7,
};

// Parents whose mtime changed on the way are not listed: they follow from the kind.
struct Change {
    ChangeKind kind = ChangeKind::modified;
    NodeKind node = NodeKind::file;
    Inode inode;
    Inode parent;            // where it is now; for removed and expired: where it was
    std::string name;        // likewise
    std::string path;        // likewise, from the root
    std::uint64_t size = 0;  // of the content after the change
    Withheld withheld;       // after the change
    // Kept from those of the store's group, before the change or after it, by itself, by what it
    // replaced or by what it lies in: none of their business.
    bool closed = false;

    // renamed only:
    Inode old_parent;
    std::string old_name;
    std::string old_path;
    Inode replaced;  // the inode that gave way, 0 when there was none
};

}  // namespace pmx::tree
