#include "engine/state_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pmx::engine {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

replica::Status status_in(std::uint64_t era) {
    replica::Status status;
    status.quorate = true;
    status.members = {NodeId(1), NodeId(2)};
    View view;
    view.era.count = era;
    view.number = 7;
    view.leader = NodeId(1);
    status.open_view = view;
    return status;
}

TEST(StateJournal, SaysWhoIsHereWhenThatChanges) {
    StateJournal journal;
    EXPECT_FALSE(journal.members({NodeId(1)})) << "a start";
    EXPECT_THAT(journal.members({NodeId(1), NodeId(3)})->text, HasSubstr("1, 3"));
    EXPECT_FALSE(journal.members({NodeId(1), NodeId(3)}));
    EXPECT_TRUE(journal.members({NodeId(1)}));
}

TEST(StateJournal, SaysWhetherSavesAreTakenAndWhyNot) {
    StateJournal journal;
    replica::Status status = status_in(1);
    EXPECT_FALSE(journal.writable(Code::read_only, status)) << "a start";
    EXPECT_THAT(journal.writable(Code::ok, status)->text, HasSubstr("7@1"));
    EXPECT_FALSE(journal.writable(Code::ok, status));
    EXPECT_FALSE(journal.writable(Code::no_space, status)) << "said by who writes to the disk";
    status.waiting_for = {NodeId(2)};
    const auto no_leader = journal.writable(Code::read_only, status);
    EXPECT_EQ(no_leader->weight, JournalLine::Weight::warning);
    EXPECT_THAT(no_leader->text, HasSubstr("waits for nodes 2"));
    EXPECT_FALSE(journal.writable(Code::read_only, status));
    EXPECT_TRUE(journal.writable(Code::ok, status));
    status.quorate = false;
    EXPECT_THAT(journal.writable(Code::read_only, status)->text, HasSubstr("no quorum"));
}

TEST(StateJournal, SaysThatAnEraBeganAndThatTreesDiffer) {
    StateJournal journal;
    replica::Status status = status_in(1);
    EXPECT_THAT(journal.look(status), IsEmpty());
    status = status_in(2);
    ASSERT_EQ(journal.look(status).size(), 1U);
    EXPECT_THAT(journal.look(status), IsEmpty());
    status.scrub.differing = {NodeId(2)};
    const auto lines = journal.look(status);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].weight, JournalLine::Weight::error);
    EXPECT_THAT(lines[0].text, HasSubstr("nodes 2 differs"));
    EXPECT_THAT(journal.look(status), IsEmpty());
}

}  // namespace
}  // namespace pmx::engine
