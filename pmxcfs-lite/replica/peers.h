// What is known of the other members: who they say they are, and why one of them cannot be one of
// us.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "replica/replica.h"
#include "replica/voters.h"
#include "wire/message.h"

namespace pmx::replica {

struct KnownPeer {
    std::string name;
    DiskId disk;
    Boot boot;
    std::uint32_t highest_level = 0;
    bool damaged = false;  // its tree
    std::string refusal;   // empty: none
};

// What the peers of a node must agree with it on.
struct Terms {
    ClusterId cluster;
    NodeId node;
    std::string node_name;
};

class Peers {
  public:
    // Of a HELLO in any version. False when its sender is refused; what it says then counts for
    // nothing.
    bool introduce(NodeId sender, const wire::Introduction& who, const Terms& terms);
    void know(NodeId sender, const wire::Hello& hello) {
        peers_[sender].boot = hello.boot;
        peers_[sender].highest_level = hello.highest_level;
        peers_[sender].damaged = hello.damaged;
    }
    // Until its next HELLO.
    void refuse(NodeId sender, std::string reason) { peers_[sender].refusal = std::move(reason); }
    void only(const std::vector<NodeId>& members);

    [[nodiscard]] const KnownPeer* find(NodeId node) const;
    [[nodiscard]] bool refused(NodeId node) const;

  private:
    [[nodiscard]] std::string reason_against(NodeId sender, const wire::Introduction& who,
                                             const Terms& terms) const;
    std::map<NodeId, KnownPeer> peers_;
};

// The most that each disk was ever heard to have durably. Who says less of itself has an old copy.
class SeenDisks {
  public:
    void learn(const wire::Hello::Seen& seen);
    [[nodiscard]] std::vector<wire::Hello::Seen> all() const;
    // The disk of this HELLO, for this promise, is an old copy.
    [[nodiscard]] bool outdated(NodeId node, const View& promise, const wire::Hello& hello) const;
    // Of these disks, the one that has most beyond this last entry.
    [[nodiscard]] std::optional<wire::Hello::Seen> furthest_beyond(const VoterList& voters,
                                                                   const View& last_view,
                                                                   LogIndex last_index) const;

  private:
    std::map<Voter, wire::Hello::Seen> seen_;
};

}  // namespace pmx::replica
