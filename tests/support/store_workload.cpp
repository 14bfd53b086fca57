#include "tests/support/store_workload.h"

#include <algorithm>

#include "tests/support/log_writer.h"

namespace pmx::sqlite {
namespace {

// Not compressible, and different for each number.
std::string content(std::size_t size, unsigned number) {
    std::string bytes(size, '\0');
    std::uint32_t state = number * 2654435761U + 1;
    for (char& byte : bytes) {
        state = state * 1664525U + 1013904223U;
        byte = static_cast<char>(state >> 24);
    }
    return bytes;
}

class Script {
  public:
    explicit Script(const ports::StoredState& state) : writer_(state) {}

    std::vector<ports::WriteBatch> run() {
        promise(1);
        add({writer_.level(2)});
        add({mkdir("priv"), mkdir("priv/lock"), mkdir("nodes")});
        save("user.cfg", 200, 1);
        save("datacenter.cfg", 4096, 2);
        checkpoint();
        save("user.cfg", 300, 3);
        cut_and_append();
        add({writer_.save("priv/shadow.cfg", content(600, 6)), rename("user.cfg", "users.cfg"),
             writer_.save("nodes/big", content(20'000, 7))});
        checkpoint();
        remove("datacenter.cfg");
        for (unsigned i = 0; i < 6; ++i)
            save("nodes/file" + std::to_string(i), 900 * i, 20 + i);
        checkpoint(LogIndex(5));
        promise(2);
        save("users.cfg", 5000, 40);
        checkpoint(writer_.last());
        save("nodes/last", 100, 50);
        add({chmod("users.cfg", 0600), chmod("nodes", 0700)});
        snapshot();
        save("nodes/behind", 100, 60);
        checkpoint();
        return std::move(batches_);
    }

  private:
    void add(std::vector<wire::EntryPtr> entries) {
        ports::WriteBatch batch;
        batch.append = std::move(entries);
        batches_.push_back(std::move(batch));
    }
    void save(const std::string& path, std::size_t size, unsigned number) {
        add({writer_.save(path, content(size, number))});
    }
    wire::EntryPtr mkdir(const std::string& path) {
        return writer_.change(tree::MakeDirectory{{tree::root_inode, path}});
    }
    wire::EntryPtr rename(const std::string& from, const std::string& to) {
        return writer_.change(
            tree::Rename{{tree::root_inode, from}, {tree::root_inode, to}, false});
    }
    wire::EntryPtr chmod(const std::string& path, std::uint16_t mode) {
        return writer_.change(tree::SetPermissions{{tree::root_inode, path}, mode, {}});
    }
    void remove(const std::string& path) {
        add({writer_.change(tree::RemoveFile{{tree::root_inode, path}})});
    }
    void promise(std::uint64_t number) {
        ports::WriteBatch batch;
        batch.promise = View{{}, number, NodeId(1)};
        batches_.push_back(std::move(batch));
    }
    // Two entries that a later leader does not know, and the one that takes their place.
    void cut_and_append() {
        LogWriter other = writer_;
        add({other.save("user.cfg", content(50, 4)), other.save("lost", content(3000, 5))});
        ports::WriteBatch batch;
        batch.cut_after = writer_.last();
        batch.append = {writer_.save("user.cfg", content(70, 8))};
        batches_.push_back(std::move(batch));
    }
    void checkpoint(std::optional<LogIndex> forget_up_to = {}) {
        ports::WriteBatch batch;
        batch.checkpoint = writer_.checkpoint();
        batch.forget_up_to = forget_up_to;
        batches_.push_back(std::move(batch));
    }

    // Others went on from here, and further; what this node had beyond lost out.
    void snapshot() {
        checkpoint();
        LogWriter other = writer_;
        (void)other.change(tree::RemoveFile{{tree::root_inode, "nodes/file3"}});
        for (unsigned i = 0; i < 3; ++i)
            (void)other.save("nodes/file" + std::to_string(i), content(3000, 70 + i));
        const wire::EntryPtr lost = writer_.save("nodes/lost", content(2000, 80));
        add({lost});
        checkpoint();
        const tree::Tree before = writer_.tree();
        writer_ = other;
        replica::Install install;
        install.base = other.checkpoint().base;
        install.cluster_log = other.tree().cluster_log();
        for (const auto& [inode, node] : other.tree().nodes()) {
            const tree::Node* old = before.find(inode);
            if (old == nullptr || tree::digest(*old) != tree::digest(node)) {
                install.changed.push_back(node);
            }
        }
        for (const auto& [inode, node] : before.nodes())
            if (other.tree().find(inode) == nullptr) install.removed.push_back(inode);
        writer_ = other;
        (void)writer_.checkpoint();
        ports::WriteBatch aside;
        aside.keep_aside = install.changed;
        batches_.push_back(std::move(aside));
        ports::WriteBatch batch;
        batch.reject = {rejected(*lost)};
        batch.install = std::move(install);
        batches_.push_back(std::move(batch));
        ports::WriteBatch settled;
        settled.no_longer_rejected = {lost->request};
        batches_.push_back(std::move(settled));
    }
    static ports::RejectedChange rejected(const wire::Entry& entry) {
        ports::RejectedChange change;
        change.request = entry.request;
        change.index = entry.index;
        change.path = "nodes/lost";
        change.after = content(2000, 80);
        return change;
    }

    LogWriter writer_;
    std::vector<ports::WriteBatch> batches_;
};

}  // namespace

std::vector<ports::WriteBatch> scripted_workload(const ports::StoredState& state) {
    return Script(state).run();
}

}  // namespace pmx::sqlite
