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

TEST(AttributeTable, TellsTimesBefore1970) {
    struct stat attributes {};
    set_time(attributes, wall_from_ns(-1));
    EXPECT_EQ(attributes.st_mtim.tv_sec, -1);
    EXPECT_EQ(attributes.st_mtim.tv_nsec, 999'999'999);
}

}  // namespace
}  // namespace pmx::fuse
