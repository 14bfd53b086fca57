// Whatever a daemon writes, in whatever order and with restarts in between: the database holds what
// the LogStore in memory holds.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "sqlite/fsck.h"
#include "sqlite/open.h"
#include "tests/support/log_writer.h"
#include "tests/support/memory_disk.h"
#include "tests/support/store_model.h"
#include "tests/support/temporary_directory.h"

namespace pmx::sqlite {
namespace {

using support::MemoryDisk;
using support::MemoryPlatter;

class Life {
  public:
    Life() {
        options_.state_directory = directory_.path();
        start();
        const ports::StoredState& state = opened_->state;
        platter_.identity = state.identity;
        platter_.promise = state.log.promise;
        platter_.base = state.log.base;
        for (const tree::Node& node : state.nodes)
            platter_.nodes.emplace(node.inode, node);
        platter_.cluster_log = state.cluster_log.encode();
        writer_.emplace(state);
    }

    void act() {
        switch (*rc::gen::inRange(0, 12)) {
            case 0:
                return restart();
            case 1:
                return checkpoint();
            case 2:
                return promise();
            case 3:
                return reject();
            case 4:
                return let_go();
            case 5:
                return keep_aside();
            case 6:
                return snapshot();
            case 7:
                return cut_and_append();
            default:
                return append();
        }
    }
    void restart() {
        opened_.reset();
        const auto report = check_database(directory_.path());
        RC_ASSERT(report.has_value());
        RC_ASSERT(report->problems == std::vector<std::string>());
        start();
        const StoreModel found(opened_->state);
        const StoreModel expected(platter_.load());
        RC_ASSERT(found.fingerprint() == expected.fingerprint());
        RC_ASSERT(found.fingerprint_of_the_rest() == expected.fingerprint_of_the_rest());
        RC_ASSERT(history(*opened_->store) == history(memory_));
    }

  private:
    void start() {
        auto opened = open(options_);
        RC_ASSERT(opened.has_value());
        RC_ASSERT(!opened->damage);
        opened_.emplace(std::move(*opened));
    }
    static std::vector<std::string> history(ports::LogStore& store) {
        ports::HistoryQuery query;
        query.limit = 10'000;
        query.include_private = true;
        std::vector<std::string> lines;
        const auto records = store.history(query);
        RC_ASSERT(records.has_value());
        for (const ports::HistoryRecord& record : *records) {
            lines.push_back(std::to_string(record.index.value) + " " +
                            std::to_string(record.request.sequence) + " " + record.change.path);
        }
        return lines;
    }
    void write(const ports::WriteBatch& batch) {
        RC_ASSERT(opened_->store->write(batch).has_value());
        RC_ASSERT(memory_.write(batch).has_value());
    }

    static std::string some_path() {
        return std::string(*rc::gen::inRange(0, 2) == 0 ? "" : "d/") +
               static_cast<char>(*rc::gen::inRange(int{'a'}, int{'f'}));
    }
    static std::string some_content() {
        return std::string(static_cast<std::size_t>(*rc::gen::inRange(0, 9000)), 'x');
    }
    // Some of them fail when they are applied: an entry all the same.
    static wire::EntryPtr some_entry(LogWriter& writer) {
        const tree::Ref at{tree::root_inode, some_path()};
        switch (*rc::gen::inRange(0, 6)) {
            case 0:
                return writer.change(tree::MakeDirectory{{tree::root_inode, "d"}});
            case 1:
                return writer.change(tree::RemoveFile{at});
            case 2:
                return writer.change(tree::Rename{at, {tree::root_inode, some_path()}, false});
            default:
                return writer.save(some_path(), some_content());
        }
    }

    void append() {
        ports::WriteBatch batch;
        for (int i = *rc::gen::inRange(1, 5); i > 0; --i)
            batch.append.push_back(some_entry(*writer_));
        write(batch);
    }
    void checkpoint() {
        ports::WriteBatch batch;
        batch.checkpoint = writer_->checkpoint();
        const std::uint64_t back = *rc::gen::inRange<std::uint64_t>(0, 20);
        const std::uint64_t last = writer_->last().value;
        if (back < last) batch.forget_up_to = LogIndex(last - back);
        write(batch);
    }
    void promise() {
        ports::WriteBatch batch;
        batch.promise = View{{}, ++view_, NodeId(1)};
        write(batch);
    }
    // Entries that a later leader does not know, and those that take their place.
    void cut_and_append() {
        LogWriter other = *writer_;
        ports::WriteBatch lost;
        lost.append = {some_entry(other), some_entry(other)};
        write(lost);
        ports::WriteBatch batch;
        batch.cut_after = writer_->last();
        batch.append = {some_entry(*writer_)};
        batch.reject = {rejected(*lost.append.front())};
        write(batch);
    }
    static ports::RejectedChange rejected(const wire::Entry& entry) {
        ports::RejectedChange change;
        change.request = entry.request;
        change.index = entry.index;
        change.path = some_path();
        change.after = some_content();
        return change;
    }
    void reject() {
        LogWriter other = *writer_;
        ports::WriteBatch batch;
        batch.reject = {rejected(*some_entry(other))};
        write(batch);
    }
    void let_go() {
        const auto all = opened_->store->rejected();
        RC_ASSERT(all.has_value());
        if (all->empty()) return;
        ports::WriteBatch batch;
        batch.no_longer_rejected = {(*rc::gen::elementOf(*all)).request};
        write(batch);
    }
    void keep_aside() {
        ports::WriteBatch batch;
        for (const auto& [inode, node] : writer_->tree().nodes())
            if (*rc::gen::inRange(0, 2) == 0) batch.keep_aside.push_back(node);
        write(batch);
    }
    void snapshot() {
        checkpoint();
        const tree::Tree before = writer_->tree();
        for (int i = *rc::gen::inRange(0, 6); i > 0; --i)
            (void)some_entry(*writer_);
        const tree::Tree& after = writer_->tree();
        ports::WriteBatch batch;
        replica::Install& install = batch.install.emplace();
        install.base = writer_->checkpoint().base;
        install.cluster_log = after.cluster_log();
        for (const auto& [inode, node] : after.nodes()) {
            const tree::Node* old = before.find(inode);
            if (old == nullptr || tree::digest(*old) != tree::digest(node)) {
                install.changed.push_back(node);
            }
        }
        for (const auto& [inode, node] : before.nodes())
            if (after.find(inode) == nullptr) install.removed.push_back(inode);
        write(batch);
    }

    TemporaryDirectory directory_;
    OpenOptions options_;
    std::optional<Opened> opened_;
    MemoryPlatter platter_;
    MemoryDisk memory_{platter_};
    std::optional<LogWriter> writer_;
    std::uint64_t view_ = 0;
};

TEST(LogStoreProperty, ADatabaseHoldsWhatTheStoreInMemoryHolds) {
    EXPECT_TRUE(rc::check([] {
        Life life;
        for (int i = *rc::gen::inRange(1, 60); i > 0; --i)
            life.act();
        life.restart();
    }));
}

}  // namespace
}  // namespace pmx::sqlite
