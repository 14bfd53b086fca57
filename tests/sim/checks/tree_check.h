// Trees are equal where the logs are.
#pragma once

#include <map>
#include <string>

#include "base/ids.h"
#include "base/sha256.h"
#include "tests/sim/checks/violations.h"
#include "wire/entry.h"

namespace pmx::sim {

class TreeCheck {
  public:
    explicit TreeCheck(Violations& violations) : violations_(violations) {}

    // The tree of a node that applied all up to a place of the log, known by its chain.
    void stands(NodeId node, LogIndex index, const wire::Chain& chain, const Sha256& digest) {
        const auto [known, is_new] = digests_.emplace(chain, digest);
        if (known->second == digest) return;
        violations_.add(Check::trees, "trees differ at entry " + std::to_string(index.value) +
                                          " on node " + std::to_string(node.value));
    }

  private:
    Violations& violations_;
    std::map<wire::Chain, Sha256> digests_;
};

}  // namespace pmx::sim
