#include "fuse/attribute_table.h"

#include <gtest/gtest.h>

namespace pmx::fuse {
namespace {

constexpr gid_t www_data = 33;
const AttributeTable table(0, 0, www_data);

Code chmod_file(bool is_private, mode_t mode) {
    return AttributeTable::check_mode(table.of(tree::NodeKind::file, is_private), is_private, mode);
}

TEST(AttributeTable, IsTheOneOfStoreMd) {
    const auto file = table.of(tree::NodeKind::file, false);
    EXPECT_EQ(file.st_mode, mode_t{S_IFREG | 0640});
    EXPECT_EQ(file.st_gid, www_data);
    const auto directory = table.of(tree::NodeKind::directory, false);
    EXPECT_EQ(directory.st_mode, mode_t{S_IFDIR | 0755});
    const auto secret = table.of(tree::NodeKind::file, true);
    EXPECT_EQ(secret.st_mode, mode_t{S_IFREG | 0600});
    EXPECT_EQ(secret.st_gid, 0U);
    EXPECT_EQ(table.of(tree::NodeKind::directory, true).st_mode, mode_t{S_IFDIR | 0700});
}

TEST(AttributeTable, AcceptsModesThatTakeNothingAway) {
    EXPECT_EQ(chmod_file(false, 0640), Code::ok);
    EXPECT_EQ(chmod_file(false, 0644), Code::ok);
    EXPECT_EQ(chmod_file(false, 0755), Code::ok);
}

TEST(AttributeTable, RefusesWhatWouldPromiseTooMuch) {
    for (const mode_t mode : {0600U, 0400U, 0660U, 0666U, 0646U, 04755U, 01755U, 0U})
        EXPECT_EQ(chmod_file(false, mode), Code::permission_denied) << std::oct << mode;
}

TEST(AttributeTable, KeepsPrivateModesAsTheyAre) {
    EXPECT_EQ(chmod_file(true, 0600), Code::ok);
    for (const mode_t mode : {0400U, 0640U, 0700U, 0644U})
        EXPECT_EQ(chmod_file(true, mode), Code::permission_denied) << std::oct << mode;
}

tree::SetPermissions permissions(const PermissionWish& wish) {
    const auto op = table.permissions(wish);
    EXPECT_TRUE(op);
    return op.value_or(tree::SetPermissions());
}

TEST(AttributeTable, AsksTheTreeForWhatMayBeAsked) {
    EXPECT_EQ(permissions({.owner = 0, .group = 0, .mode = {}}).root_group, true);
    EXPECT_EQ(permissions({.owner = {}, .group = www_data, .mode = {}}).root_group, false);
    for (const mode_t mode : {0U, 0400U, 0600U, 0640U, 0644U, 0755U, 0500U})
        EXPECT_EQ(permissions({.owner = {}, .group = {}, .mode = mode}).mode, mode);
    EXPECT_FALSE(permissions({}).mode);
    EXPECT_FALSE(permissions({}).root_group);
}

TEST(AttributeTable, RefusesOthersAsOwnersAndWriters) {
    for (const mode_t mode : {0660U, 0602U, 0622U, 01700U, 02755U, 04755U})
        EXPECT_FALSE(table.permissions({.owner = {}, .group = {}, .mode = mode}));
    EXPECT_FALSE(table.permissions({.owner = 1, .group = {}, .mode = {}}));
    EXPECT_FALSE(table.permissions({.owner = 0, .group = 34, .mode = {}}));
    EXPECT_FALSE(table.permissions({.owner = 1, .group = www_data, .mode = 0600}));
}

TEST(AttributeTable, WithOneGroupThereIsNoneToTakeAway) {
    const AttributeTable users(1000, 1000, 1000);
    EXPECT_FALSE(users.permissions({.owner = 1000, .group = 1000, .mode = {}})->root_group);
    EXPECT_FALSE(users.permissions({.owner = 0, .group = 1000, .mode = {}}));
}

TEST(AttributeTable, ShowsWhatIsLeft) {
    const auto file = table.of(tree::NodeKind::file, false, {0040, true});
    EXPECT_EQ(file.st_mode, mode_t{S_IFREG | 0600});
    EXPECT_EQ(file.st_gid, 0U);
    const auto directory = table.of(tree::NodeKind::directory, true, {0100, false});
    EXPECT_EQ(directory.st_mode, mode_t{S_IFDIR | 0600});
}

TEST(AttributeTable, TellsTimesBefore1970) {
    struct stat attributes {};
    set_time(attributes, wall_from_ns(-1));
    EXPECT_EQ(attributes.st_mtim.tv_sec, -1);
    EXPECT_EQ(attributes.st_mtim.tv_nsec, 999'999'999);
}

}  // namespace
}  // namespace pmx::fuse
