#include "notifier/daemon/edit_files.h"

#include <gtest/gtest.h>

namespace pmx::notifier {
namespace {

constexpr const char* mounts =
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "40 22 0:30 / /etc/pve rw,nosuid shared:2 master:1 - fuse.pmxcfs-lite pmxcfs-lite rw\n"
    "41 22 0:31 / /srv/a\\040b rw - fuse.pmxcfs-lite pmxcfs-lite rw\n"
    "42 40 0:32 / /etc/pve/other rw - tmpfs tmpfs rw\n"
    "43 22 0:33 / /twice rw - fuse.pmxcfs-lite pmxcfs-lite rw\n"
    "44 43 0:34 / /twice rw - tmpfs tmpfs rw\n"
    "45 22 0:35 / /foreign rw - fuse /dev/fuse rw\n";

TEST(PathInStore, IsThatBelowTheMount) {
    EXPECT_EQ(path_in_store(mounts, "/etc/pve"), "");
    EXPECT_EQ(path_in_store(mounts, "/etc/pve/sub/dir"), "sub/dir");
    EXPECT_EQ(path_in_store(mounts, "/srv/a b/c"), "c");
}

TEST(PathInStore, NothingOnAnyOtherFilesystem) {
    for (const char* path :
         {"/", "/etc", "/etc/pvex", "/etc/pve/other/x", "/twice/x", "/foreign", "/srv"}) {
        EXPECT_EQ(path_in_store(mounts, path), std::nullopt) << path;
    }
    EXPECT_EQ(path_in_store("", "/etc/pve"), std::nullopt);
    EXPECT_EQ(path_in_store("garbage\n\n- -\n", "/etc/pve"), std::nullopt);
}

}  // namespace
}  // namespace pmx::notifier
