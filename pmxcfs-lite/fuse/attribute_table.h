// Who owns what, with which mode: the table that stands in STORE.md, and the changes it allows.
#pragma once

#include <sys/stat.h>

#include <cstdint>

#include "base/error.h"
#include "tree/change.h"
#include "tree/tree.h"

namespace pmx::fuse {

class AttributeTable {
  public:
    // A mount by an ordinary user belongs to that user, group and all.
    AttributeTable(uid_t owner, gid_t private_group, gid_t group)
        : owner_(owner), private_group_(private_group), group_(group) {}

    // Owner, group, mode and link count; the rest is zero.
    [[nodiscard]] struct stat of(tree::NodeKind kind, bool is_private) const;
    [[nodiscard]] struct stat of_virtual(mode_t type, mode_t permissions) const;

    // Whether chmod may say yes, though nothing changes: when the mode asked for takes nothing away
    // and lets nobody else write. Below priv/ only the mode that it has.
    static Code check_mode(const struct stat& current, bool is_private, mode_t asked);

  private:
    uid_t owner_;
    gid_t private_group_;
    gid_t group_;
};

void set_size(struct stat& attributes, std::uint64_t size);
void set_time(struct stat& attributes, WallTime time);

}  // namespace pmx::fuse
