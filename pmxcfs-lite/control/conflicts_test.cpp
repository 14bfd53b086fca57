#include "control/conflicts.h"

#include <gtest/gtest.h>

#include "control/lost_changes_for_tests.h"
#include "control/store_for_tests.h"

namespace pmx::control {
namespace {

using Kind = tree::ChangeKind;

TEST(Conflicts, ARequestIsOneUnderANameThatStays) {
    const auto a = lost_change(1, Kind::modified, "a", "1", "2");
    const auto b = lost_change(2, Kind::modified, "b", "1", "2");
    const auto c = lost_change(1, Kind::modified, "c", "1", "2");
    const auto all = group_by_request({a, b, c});
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].changes.size(), 2U);
    EXPECT_EQ(all[0].changes[1].path, "c");
    EXPECT_EQ(all[1].first().path, "b");
    EXPECT_EQ(all[0].id.size(), conflict_id_digits);
    EXPECT_NE(all[0].id, all[1].id);
    EXPECT_EQ(group_by_request({b})[0].id, all[1].id);
}

TEST(Conflicts, AreFoundByTheFirstDigits) {
    const std::vector changes{lost_change(1, Kind::modified, "a"),
                              lost_change(2, Kind::modified, "b")};
    const std::string id = group_by_request(changes)[1].id;
    for (const std::size_t digits : {4U, 7U, 8U}) {
        const auto found = find_conflict(changes, id.substr(0, digits));
        ASSERT_TRUE(found);
        EXPECT_EQ(found->first().path, "b");
    }
    for (const std::string& wrong : {std::string(), id.substr(0, 3), id + "0", std::string("zzzz")})
        EXPECT_EQ(find_conflict(changes, wrong).error().code(), Code::not_found) << wrong;
}

class ConflictsWithATree : public testing::Test {
  protected:
    Now now(const ports::RejectedChange& change) {
        return compare_with_now(*store_.read(), change);
    }
    Result<tree::Transaction> plan(std::vector<ports::RejectedChange> changes) {
        return plan_again(*store_.read(), group_by_request(std::move(changes)).front());
    }
    // Plans, carries out, and says how that went.
    Code again(std::vector<ports::RejectedChange> changes) {
        auto transaction = plan(std::move(changes));
        if (!transaction) return transaction.error().code();
        Code code = Code::timed_out;
        store_.submit(std::move(*transaction), {}, ports::Store::Patience::none,
                      [&code](const ports::SubmitResult& result) { code = result.result; });
        return code;
    }
    StoreForTests store_;
};

TEST_F(ConflictsWithATree, StandToTheFilesAsTheyAreNow) {
    const auto made = lost_change(1, Kind::created, "a", {}, "mine");
    EXPECT_EQ(now(made), Now::as_then);
    store_.write_file("a", "theirs");
    EXPECT_EQ(now(made), Now::other);
    store_.write_file("a", "mine");
    EXPECT_EQ(now(made), Now::done);

    const auto changed = lost_change(2, Kind::modified, "a", "old", "new");
    EXPECT_EQ(now(changed), Now::other);
    store_.write_file("a", "old");
    EXPECT_EQ(now(changed), Now::as_then);
    store_.write_file("a", "new");
    EXPECT_EQ(now(changed), Now::done);
    EXPECT_EQ(now(lost_change(2, Kind::modified, "a")), Now::other);

    const auto removed = lost_change(3, Kind::removed, "a", "new");
    EXPECT_EQ(now(removed), Now::as_then);
    store_.write_file("a", "newer");
    EXPECT_EQ(now(removed), Now::other);
    EXPECT_EQ(now(lost_change(3, Kind::removed, "b", "x")), Now::done);

    EXPECT_EQ(now(lost_rename(4, "a", "b", "newer")), Now::as_then);
    EXPECT_EQ(now(lost_rename(4, "gone", "b", "newer")), Now::other);
    EXPECT_EQ(now(lost_rename(4, "gone", "a", "newer")), Now::done);
    EXPECT_EQ(now(of_directory(lost_change(5, Kind::created, "d"))), Now::as_then);
    EXPECT_EQ(now(of_directory(lost_change(5, Kind::created, "priv"))), Now::done);
    EXPECT_EQ(now(of_directory(lost_change(5, Kind::created, "a"))), Now::other);
    EXPECT_EQ(now(lost_change(6, Kind::times, "a")), Now::done);
}

TEST_F(ConflictsWithATree, AFileIsWrittenAgainWhole) {
    store_.write_file("a", "a longer content than the other");
    EXPECT_EQ(again({lost_change(1, Kind::modified, "a", "old", "new")}), Code::ok);
    EXPECT_EQ(store_.content_of("a"), "new");
    EXPECT_EQ(again({lost_change(1, Kind::created, "b", {}, "")}), Code::ok);
    EXPECT_EQ(store_.content_of("b"), "");
}

TEST_F(ConflictsWithATree, WhatIsSoAlreadyNeedsNothing) {
    store_.write_file("a", "new");
    const auto nothing = plan(
        {lost_change(1, Kind::modified, "a", "old", "new"), lost_change(1, Kind::removed, "b", "x"),
         of_directory(lost_change(1, Kind::created, "nodes")), lost_change(1, Kind::times, "c")});
    ASSERT_TRUE(nothing);
    EXPECT_TRUE(nothing->steps.empty());
}

TEST_F(ConflictsWithATree, DirectoriesComeBeforeWhatIsInThem) {
    EXPECT_EQ(again({of_directory(lost_change(1, Kind::created, "d")),
                     lost_change(1, Kind::created, "d/f", {}, "x")}),
              Code::ok);
    EXPECT_EQ(store_.content_of("d/f"), "x");
    EXPECT_EQ(again({lost_change(2, Kind::removed, "d/f", "x"),
                     of_directory(lost_change(2, Kind::removed, "d"))}),
              Code::ok);
    EXPECT_FALSE(store_.read()->resolve({.path = "d"}));
    EXPECT_EQ(again({lost_change(3, Kind::created, "d/f", {}, "x")}), Code::not_found);
}

TEST_F(ConflictsWithATree, ARenameLeavesItsContentUnderTheNewName) {
    store_.write_file("old", "1");
    EXPECT_EQ(again({lost_rename(1, "old", "new", "2")}), Code::ok);
    EXPECT_EQ(store_.content_of("old"), "(no file)");
    EXPECT_EQ(store_.content_of("new"), "2");
    // What is not known is moved, if it is still there.
    EXPECT_EQ(again({lost_rename(2, "new", "newer", {})}), Code::ok);
    EXPECT_EQ(store_.content_of("newer"), "2");
    EXPECT_EQ(again({lost_rename(3, "new", "x", {})}), Code::not_found);
}

// As editors save: a file of another name, moved over the old one.
TEST_F(ConflictsWithATree, StepsOfOneRequestAreSeenAsTheirOutcome) {
    store_.write_file("a", "old");
    EXPECT_EQ(again({lost_change(1, Kind::created, "a.tmp"), lost_rename(1, "a.tmp", "a", "new")}),
              Code::ok);
    EXPECT_EQ(store_.content_of("a"), "new");
    EXPECT_EQ(store_.content_of("a.tmp"), "(no file)");
}

TEST_F(ConflictsWithATree, AGuestMovesBetweenNodes) {
    store_.make_directory("nodes/two");
    store_.make_directory("nodes/two/qemu-server");
    store_.write_file("nodes/one/qemu-server/100.conf", "x");
    const std::string moved = "nodes/two/qemu-server/100.conf";
    EXPECT_EQ(again({lost_rename(1, "nodes/one/qemu-server/100.conf", moved, "x")}), Code::ok);
    EXPECT_EQ(store_.content_of(moved), "x");
}

TEST_F(ConflictsWithATree, AModeIsGivenAgain) {
    store_.write_file("a", "x");
    auto closed = lost_change(1, Kind::permissions, "a", "x", "x");
    closed.withheld = {0040, true};
    EXPECT_EQ(now(closed), Now::other);
    EXPECT_EQ(again({closed}), Code::ok);
    EXPECT_EQ(now(closed), Now::done);
    EXPECT_TRUE(plan({closed})->steps.empty());
    EXPECT_EQ(store_.content_of("a"), "x");
    closed.path = "none";
    EXPECT_EQ(again({closed}), Code::not_found);
}

TEST_F(ConflictsWithATree, WhatWasClosedIsNotMadeAgainOpen) {
    auto secret = lost_change(1, Kind::modified, "a", "old", "new");
    secret.withheld = {0040, false};
    EXPECT_EQ(again({secret}), Code::ok);
    EXPECT_EQ(store_.content_of("a"), "new");
    EXPECT_EQ((*store_.read()->resolve({.path = "a"}))->withheld, secret.withheld);
    store_.change(tree::SetPermissions{{.path = "a"}, 0640, {}});
    secret.after = "newer";
    EXPECT_EQ(again({secret}), Code::ok);
    EXPECT_EQ((*store_.read()->resolve({.path = "a"}))->withheld, tree::Withheld())
        << "of a file that is there its mode is as somebody wants it now";
}

TEST_F(ConflictsWithATree, WhatIsNotKnownOrWasALockIsNotMadeAgain) {
    EXPECT_EQ(again({lost_change(1, Kind::modified, "a", "old", {})}), Code::not_supported);
    EXPECT_EQ(again({of_directory(lost_change(1, Kind::created, "priv/lock/l"))}),
              Code::not_supported);
}

TEST_F(ConflictsWithATree, ThePlanHoldsOnlyForTheFilesAsTheyAre) {
    store_.write_file("a", "1");
    const auto changes = std::vector{lost_change(1, Kind::modified, "a", "0", "2"),
                                     lost_change(1, Kind::created, "b", {}, "x")};
    for (const char* path : {"a", "b"}) {
        store_.before_next_submit = [this, path] { store_.write_file(path, "meanwhile"); };
        EXPECT_EQ(again(changes), Code::version_mismatch);
        EXPECT_EQ(store_.content_of(path), "meanwhile");
    }
}

}  // namespace
}  // namespace pmx::control
