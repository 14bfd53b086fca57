// Who owns what, with which mode, and which changes of that are allowed.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "tree/change.h"
#include "tree/tree.h"

namespace pmx::fuse {

// What a chmod or chown asks for.
struct PermissionWish {
    std::optional<uid_t> owner;
    std::optional<gid_t> group;
    std::optional<mode_t> mode;
};

class AttributeTable {
  public:
    // A mount by an ordinary user belongs to that user, group and all.
    AttributeTable(uid_t owner, gid_t private_group, gid_t group)
        : owner_(owner), private_group_(private_group), group_(group) {}

    // Owner, group, mode and link count; the rest is zero.
    [[nodiscard]] struct stat of(tree::NodeKind kind, bool is_private,
                                 const tree::Withheld& withheld = {}) const;
    [[nodiscard]] struct stat of_virtual(mode_t type, mode_t permissions,
                                         bool root_group = false) const;

    // What the tree is to keep of it, for any file (`at` is left empty). permission_denied for what
    // would let others write, for set-id and sticky bits, another owner, and for a group that is
    // neither the mount's nor the owner's own. Reading and executing may be asked for: who gets
    // them is not for a mode to say.
    [[nodiscard]] Result<tree::SetPermissions> permissions(const PermissionWish& wish) const;

    // Where no mode is kept: whether chmod may say yes, though nothing changes. When the mode asked
    // for takes nothing away and lets nobody else write; below priv/ only the mode that it has.
    static Code check_mode(const struct stat& current, bool is_private, mode_t asked);

  private:
    uid_t owner_;
    gid_t private_group_;
    gid_t group_;
};

void set_size(struct stat& attributes, std::uint64_t size);
void set_time(struct stat& attributes, WallTime time);

}  // namespace pmx::fuse
