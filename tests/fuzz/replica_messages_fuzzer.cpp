// What another member may send to a replica: whatever it is, no invariant breaks.
//
// input := (u8 sender, u16 length, message)*; sender 0 lets time pass.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "replica/replica.h"
#include "tree/op.h"

namespace {

using namespace pmx;

class Node {
  public:
    Node() : replica_(settings(), recovered(), state_) {
        step(replica::NodesListed{{NodeId(1), NodeId(2), NodeId(3)}, false});
        step(replica::ConfigurationChanged{
            {NodeId(1), NodeId(2), NodeId(3)}, true, {NodeId(1), NodeId(2), NodeId(3)}});
        replica::Propose propose;
        propose.sequence = 1;
        propose.op = tree::encode(tree::MakeDirectory{{tree::root_inode, "a"}});
        step(std::move(propose));
    }
    void hear(std::uint8_t sender, std::string bytes) {
        if (sender == 0) {
            now_ += std::chrono::milliseconds(250);
            return step(replica::Tick{});
        }
        step(replica::MessageReceived{NodeId(sender), std::move(bytes)});
    }

  private:
    static DiskId disk(std::uint8_t node) {
        DiskId id;
        id.bytes[0] = node;
        return id;
    }
    static replica::Settings settings() {
        replica::Settings settings;
        settings.node = NodeId(1);
        settings.disk = disk(1);
        settings.boot = Boot(1);
        settings.cluster.bytes[0] = 7;
        return settings;
    }
    static replica::Recovered recovered() {
        replica::Recovered recovered;
        recovered.base.voters = {{NodeId(1), disk(1)}, {NodeId(2), disk(2)}, {NodeId(3), disk(3)}};
        recovered.base.tree_digest = tree::Tree().digest();
        return recovered;
    }

    void step(replica::Event event) {
        replica::Actions actions = replica_.step(std::move(event), now_);
        for (const wire::EntryPtr& entry : actions.committed)
            state_.apply(*entry);
        if (actions.stop || actions.renew_disk) stopped_ = true;
        if (stopped_) return;
        // What it says comes back to it, in order, once the fuzzed message is done with.
        if (actions.install) install(std::move(*actions.install));
        if (actions.save_promise) step(replica::PromiseFlushed{*actions.save_promise});
        if (!actions.append.empty()) step(replica::LogFlushed{actions.append.back()->index});
        for (std::string& message : actions.multicast) {
            if (++said_ < 2000) step(replica::MessageReceived{NodeId(1), std::move(message)});
        }
    }
    void install(replica::Install install) {
        state_.tree =
            tree::tree_with(state_.tree, install.changed, install.removed, install.cluster_log)
                .value();
        state_.results = install.base.results;
        state_.applied = install.base.index;
        state_.level = install.base.level;
        step(replica::SnapshotInstalled{install.base.index});
    }

    replica::StateMachine state_;
    MonotonicTime now_{std::chrono::hours(1)};
    bool stopped_ = false;
    std::size_t said_ = 0;
    replica::Replica replica_;

  public:
    [[nodiscard]] bool stopped() const { return stopped_; }
};

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    pmx::ByteReader in({reinterpret_cast<const char*>(data), size});
    Node node;
    for (int i = 0; i < 200 && in.remaining() > 0 && !node.stopped(); ++i) {
        const std::uint8_t sender = in.u8();
        const std::size_t length = std::min<std::size_t>(in.u16(), in.remaining());
        node.hear(sender % 4, std::string(in.raw(length)));
    }
    return 0;
}
