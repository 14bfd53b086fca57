#include "fuse/errno_table.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace pmx::fuse {
namespace {

TEST(ErrnoTable, SaysWhatStoreMdPromises) {
    EXPECT_EQ(errno_of(Code::ok), 0);
    EXPECT_EQ(errno_of(Code::read_only), EROFS);
    EXPECT_EQ(errno_of(Code::timed_out), EIO);
    EXPECT_EQ(errno_of(Code::file_too_large), EFBIG);
    EXPECT_EQ(errno_of(Code::no_space), ENOSPC);
    EXPECT_EQ(errno_of(Code::permission_denied), EPERM);
    EXPECT_EQ(errno_of(Code::same_object), EINVAL);
}

TEST(ErrnoTable, LeavesNoFailureWithoutAnErrno) {
    for (int code = 1; code <= static_cast<int>(Code::shutting_down); ++code)
        EXPECT_GT(errno_of(static_cast<Code>(code)), 0) << code;
}

}  // namespace
}  // namespace pmx::fuse
