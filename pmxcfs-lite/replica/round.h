// A round of HELLOs: what the members of a configuration say about their logs, so that one of them
// can propose a view.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "replica/voters.h"
#include "wire/message.h"

namespace pmx::replica {

class Round {
  public:
    struct Said {
        View promise;
        wire::Hello hello;
    };

    void start(std::uint64_t number, MonotonicTime now) {
        number_ = number;
        started_ = now;
        said_.clear();
    }
    void add(NodeId sender, const View& promise, const wire::Hello& hello) {
        said_.insert_or_assign(sender, Said{promise, hello});
    }

    [[nodiscard]] std::uint64_t number() const { return number_; }
    [[nodiscard]] MonotonicTime started() const { return started_; }
    [[nodiscard]] const Said* from(NodeId node) const;
    [[nodiscard]] bool all_of(const std::vector<NodeId>& members) const;
    [[nodiscard]] bool majority_of(const VoterList& voters) const;
    // Of the voters that spoke, the one with the highest (last view, last index), the lowest node
    // id on a tie.
    [[nodiscard]] NodeId most_advanced(const VoterList& voters) const;
    // All of `founders`, each with an empty log; empty when one is missing or has a log.
    [[nodiscard]] VoterList empty_founders(const std::vector<NodeId>& founders) const;
    // Above every promise that was spoken of.
    [[nodiscard]] View next_view(NodeId leader) const;

  private:
    std::uint64_t number_ = 0;
    MonotonicTime started_;
    std::map<NodeId, Said> said_;
};

}  // namespace pmx::replica
