#include "base/file.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>

namespace pmx {
namespace {

class FileTest : public testing::Test {
  protected:
    FileTest() {
        char pattern[] = "/tmp/pmx-file-XXXXXX";
        directory_ = ::mkdtemp(pattern);
    }
    ~FileTest() override { std::filesystem::remove_all(directory_); }
    [[nodiscard]] std::string at(const std::string& name) const { return directory_ + "/" + name; }

    std::string directory_;
};

TEST_F(FileTest, AFileIsReplacedWithItsMode) {
    for (const std::string text : {"one", "", "three"}) {
        ASSERT_TRUE(replace_file(at("f"), text, 0640));
        EXPECT_EQ(read_file(at("f"), 100).value(), text);
    }
    struct stat status {};
    ASSERT_EQ(::stat(at("f").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0640U);
}

TEST_F(FileTest, WhatCannotBeReplacedLeavesNothingBehind) {
    EXPECT_FALSE(replace_file(at("nowhere/f"), "x", 0600));
    std::filesystem::create_directory(at("d"));
    EXPECT_FALSE(replace_file(at("d"), "x", 0600));
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_), {}), 1);
}

TEST_F(FileTest, ReadingIsBounded) {
    ASSERT_TRUE(replace_file(at("f"), "12345", 0600));
    EXPECT_EQ(read_file(at("f"), 5).value(), "12345");
    EXPECT_EQ(read_file(at("f"), 4).error().code(), Code::file_too_large);
    EXPECT_EQ(read_file(at("g"), 4).error().code(), Code::not_found);
}

}  // namespace
}  // namespace pmx
