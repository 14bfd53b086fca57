#include "tree/tree_fixture.h"

namespace pmx::tree {

class TransactionTest : public TreeTest {};

TEST_F(TransactionTest, AllStepsHappen) {
    save("notifications.cfg", "old");
    const Outcome outcome = apply(
        Transaction{{},
                    {MakeDirectory{at("priv")},
                     WriteFile{at("priv/notifications.cfg"), true, {append("token")}, {}},
                     WriteFile{at("notifications.cfg"), true, {truncate(0), append("new")}, {}},
                     AppendClusterLog{"p", "u", 6, 1, "both"}}});
    EXPECT_EQ(outcome.result, Code::ok);
    EXPECT_EQ(outcome.inode, node("notifications.cfg")->inode);
    EXPECT_EQ(content("notifications.cfg"), "new");
    EXPECT_EQ(content("priv/notifications.cfg"), "token");
    EXPECT_EQ(node("priv")->inode, inode_number(index, 0));
    EXPECT_EQ(node("priv/notifications.cfg")->inode, inode_number(index, 1));
    EXPECT_EQ(node("priv")->version, node("notifications.cfg")->version);
    EXPECT_EQ(tree.cluster_log().messages().size(), 1U);
    ASSERT_EQ(outcome.changes.size(), 3U);
    EXPECT_EQ(outcome.changes[1].path, "priv/notifications.cfg");
    EXPECT_EQ(outcome.changes[2].kind, ChangeKind::modified);
}

// The fixture proves that a failure leaves no trace.
TEST_F(TransactionTest, OneFailureUndoesAll) {
    mkdir("full");
    save("full/f", "content");
    save("g", "");
    const std::vector<Op> steps{
        WriteFile{at("full/f"), true, {append("more")}, {}},
        RemoveFile{at("g")},
        Rename{at("full"), at("moved")},
        CreateFile{at("moved/new")},
        AppendClusterLog{"p", "u", 6, 1, "never seen"},
        SetTimes{at("moved"), wall_from_ns(1)},
    };
    std::vector<Op> failing = steps;
    failing.emplace_back(RemoveDirectory{at("moved")});
    EXPECT_EQ(result(Transaction{{}, failing}), Code::not_empty);
    EXPECT_EQ(content("full/f"), "content");
    EXPECT_TRUE(tree.cluster_log().messages().empty());
    EXPECT_EQ(result(Transaction{{}, steps}), Code::ok);
    EXPECT_EQ(content("moved/f"), "contentmore");
}

TEST_F(TransactionTest, ExpectationsAreJudgedBeforeTheFirstStep) {
    save("f", "1");
    const LogIndex version = node("f")->version;
    const auto set = [&](LogIndex expected, std::string to) {
        return result(Transaction{{{at("f"), expected}},
                                  {WriteFile{at("f"), true, {truncate(0), append(to)}, {}}}});
    };
    EXPECT_EQ(set(next(version), "wrong"), Code::version_mismatch);
    EXPECT_EQ(set(LogIndex(), "wrong"), Code::version_mismatch);
    EXPECT_EQ(set(version, "2"), Code::ok);
    EXPECT_EQ(set(version, "lost update"), Code::version_mismatch);
    EXPECT_EQ(content("f"), "2");
    const Op create = CreateFile{at("g")};
    EXPECT_EQ(result(Transaction{{{at("g"), version}}, {create}}), Code::version_mismatch);
    EXPECT_EQ(result(Transaction{{{at("g"), LogIndex()}}, {create}}), Code::ok);
    EXPECT_EQ(result(Transaction{{{at("x/y"), LogIndex()}, {at("f/y"), LogIndex()}}, {}}),
              Code::ok);
}

TEST_F(TransactionTest, StepsSeeThoseBefore) {
    EXPECT_EQ(result(Transaction{{},
                                 {MakeDirectory{at("a")}, MakeDirectory{at("a/b")},
                                  CreateFile{at("a/b/f")}, Rename{at("a/b/f"), at("a/g")},
                                  RemoveDirectory{at("a/b")}, Rename{at("a"), at("z")}}}),
              Code::ok);
    EXPECT_NE(node("z/g"), nullptr);
    EXPECT_EQ(node("z")->children.size(), 1U);
    EXPECT_EQ(tree.totals().inodes, 3U);
    EXPECT_EQ(result(Transaction{{}, {RemoveFile{at("z/g")}, RemoveDirectory{at("z")}}}), Code::ok);
    EXPECT_EQ(tree.totals().inodes, 1U);
}

TEST_F(TransactionTest, WhatAStepFilledIsNotEmpty) {
    mkdir("old");
    for (const char* directory : {"new", "old"}) {
        std::vector<Op> steps{CreateFile{at(std::string(directory) + "/f")},
                              RemoveDirectory{at(directory)}};
        if (node(directory) == nullptr) steps.insert(steps.begin(), MakeDirectory{at(directory)});
        EXPECT_EQ(result(Transaction{{}, steps}), Code::not_empty) << directory;
    }
}

TEST_F(TransactionTest, TwoFilesMayChangePlaces) {
    save("a", "a");
    save("b", "b");
    done(Transaction{
        {}, {Rename{at("a"), at("t")}, Rename{at("b"), at("a")}, Rename{at("t"), at("b")}}});
    EXPECT_EQ(content("a"), "b");
    EXPECT_EQ(content("b"), "a");
    EXPECT_EQ(tree.root().children.size(), 2U);
}

TEST_F(TransactionTest, IsBoundedAndPlain) {
    EXPECT_EQ(result(Transaction{}), Code::ok);
    EXPECT_EQ(result(Transaction{{}, {Transaction{}}}), Code::invalid_argument);
    EXPECT_EQ(result(Transaction{{}, {ExpireLock{}}}), Code::invalid_argument);
    std::vector<Op> steps;
    for (std::size_t i = 0; i < max_transaction_steps; ++i) {
        steps.emplace_back(CreateFile{at("f" + std::to_string(i))});
    }
    EXPECT_EQ(result(Transaction{{}, steps}), Code::ok);
    EXPECT_EQ(node("f254")->inode, inode_number(index, 254));
    steps.emplace_back(CreateFile{at("x")});
    EXPECT_EQ(result(Transaction{{}, steps}), Code::invalid_argument);
}

}  // namespace pmx::tree
