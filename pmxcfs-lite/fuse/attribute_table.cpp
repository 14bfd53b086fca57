#include "fuse/attribute_table.h"

#include "tree/permissions.h"

namespace pmx::fuse {
namespace {

constexpr mode_t permission_bits = 07777;
constexpr mode_t write_by_others = S_IWGRP | S_IWOTH;
constexpr mode_t special_bits = S_ISUID | S_ISGID | S_ISVTX;
constexpr blksize_t block_bytes = 4096;
constexpr std::uint64_t stat_block_bytes = 512;

}  // namespace

struct stat AttributeTable::of(tree::NodeKind kind, bool is_private,
                               const tree::Withheld& withheld) const {
    const bool directory = kind == tree::NodeKind::directory;
    struct stat attributes {};
    attributes.st_uid = owner_;
    attributes.st_gid = is_private || withheld.group ? private_group_ : group_;
    attributes.st_mode =
        (directory ? S_IFDIR : S_IFREG) | tree::mode_of(kind, is_private, withheld);
    attributes.st_nlink = directory ? 2 : 1;
    attributes.st_blksize = block_bytes;
    return attributes;
}

struct stat AttributeTable::of_virtual(mode_t type, mode_t permissions, bool root_group) const {
    struct stat attributes {};
    attributes.st_uid = owner_;
    attributes.st_gid = root_group ? private_group_ : group_;
    attributes.st_mode = type | permissions;
    attributes.st_nlink = 1;
    attributes.st_blksize = block_bytes;
    return attributes;
}

Result<tree::SetPermissions> AttributeTable::permissions(const PermissionWish& wish) const {
    tree::SetPermissions op;
    if (wish.owner && *wish.owner != owner_) return fail(Code::permission_denied);
    if (wish.group) {
        const bool known = *wish.group == group_ || *wish.group == private_group_;
        if (!known) return fail(Code::permission_denied);
        if (group_ != private_group_) op.root_group = *wish.group == private_group_;
    }
    if (wish.mode) {
        if ((*wish.mode & (write_by_others | special_bits)) != 0) {
            return fail(Code::permission_denied);
        }
        op.mode = static_cast<std::uint16_t>(*wish.mode & tree::mode_bits);
    }
    return op;
}

Code AttributeTable::check_mode(const struct stat& current, bool is_private, mode_t asked) {
    const mode_t has = current.st_mode & permission_bits;
    asked &= permission_bits;
    if (asked == has) return Code::ok;
    if (is_private || (asked & has) != has) return Code::permission_denied;
    if ((asked & (write_by_others | special_bits)) != 0) return Code::permission_denied;
    return Code::ok;
}

void set_size(struct stat& attributes, std::uint64_t size) {
    attributes.st_size = static_cast<off_t>(size);
    attributes.st_blocks = static_cast<blkcnt_t>((size + stat_block_bytes - 1) / stat_block_bytes);
}

void set_time(struct stat& attributes, WallTime time) {
    const std::int64_t ns = to_ns(time);
    constexpr std::int64_t ns_per_s = 1'000'000'000;
    std::int64_t seconds = ns / ns_per_s;
    std::int64_t rest = ns % ns_per_s;
    if (rest < 0) {
        rest += ns_per_s;
        --seconds;
    }
    attributes.st_mtim = {.tv_sec = seconds, .tv_nsec = rest};
    attributes.st_ctim = attributes.st_mtim;
    attributes.st_atim = attributes.st_mtim;
}

}  // namespace pmx::fuse
