// A tree under test, and the words to change it with.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tree/tree.h"

namespace pmx {

inline void PrintTo(Code code, std::ostream* out) {
    *out << code_name(code);
}

}  // namespace pmx

namespace pmx::tree {

class TreeTest : public testing::Test {
  protected:
    static constexpr NodeId node_1{1};
    static constexpr NodeId node_2{2};

    static Ref at(std::string path) { return {root_inode, std::move(path)}; }
    static Edit write_at(std::uint64_t offset, std::string bytes) {
        return {Edit::Kind::write, offset, std::move(bytes)};
    }
    static Edit append(std::string bytes) { return {Edit::Kind::append, 0, std::move(bytes)}; }
    static Edit truncate(std::uint64_t size) { return {Edit::Kind::truncate, size, {}}; }

    // One second after the entry before. Whatever fails must leave no trace, and check() must have
    // said the same.
    Outcome apply(const Op& op, NodeId node = node_1) {
        index = next(index);
        time += std::chrono::seconds(1);
        const ApplyContext context{index, time, node};
        const Sha256 before = tree.digest();
        const Code foretold = tree.check(op, context);
        EXPECT_EQ(tree.digest(), before) << "check changed the tree";
        Outcome outcome = tree.apply(op, context);
        EXPECT_EQ(outcome.result, foretold);
        if (outcome.result != Code::ok) {
            EXPECT_EQ(tree.digest(), before) << "a failed operation changed the tree";
            EXPECT_TRUE(outcome.changes.empty());
            EXPECT_EQ(outcome.inode, Inode());
        }
        return outcome;
    }

    Code result(const Op& op, NodeId node = node_1) { return apply(op, node).result; }
    Inode mkdir(const std::string& path, NodeId node = node_1) {
        return done(MakeDirectory{at(path)}, node);
    }
    Inode save(const std::string& path, std::string content) {
        return done(WriteFile{at(path), true, {truncate(0), write_at(0, std::move(content))}, {}});
    }
    Inode done(const Op& op, NodeId node = node_1) {
        const Outcome outcome = apply(op, node);
        EXPECT_EQ(outcome.result, Code::ok);
        return outcome.inode;
    }

    void fresh_store() {
        for (const char* path : {"priv", "priv/lock", "nodes", "nodes/a", "nodes/a/qemu-server",
                                 "nodes/a/lxc", "nodes/b", "nodes/b/qemu-server"}) {
            mkdir(path);
        }
    }

    [[nodiscard]] const Node* node(const std::string& path) const {
        const auto found = tree.resolve(at(path));
        return found ? *found : nullptr;
    }
    [[nodiscard]] std::string content(const std::string& path) const {
        const Node* file = node(path);
        return file != nullptr && file->content ? *file->content : "(no file)";
    }

    Tree tree;
    LogIndex index;
    WallTime time{std::chrono::seconds(1'700'000'000)};
};

}  // namespace pmx::tree
