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
        VoterList voters;  // in force by its own log
        [[nodiscard]] bool votes(NodeId node) const { return contains(voters, {node, hello.disk}); }
    };

    void start(std::uint64_t number, MonotonicTime now) {
        number_ = number;
        started_ = now;
        said_.clear();
    }
    void add(NodeId sender, const View& promise, const wire::Hello& hello);

    [[nodiscard]] std::uint64_t number() const { return number_; }
    [[nodiscard]] MonotonicTime started() const { return started_; }
    [[nodiscard]] const Said* from(NodeId node) const;
    [[nodiscard]] const std::map<NodeId, Said>& said() const { return said_; }
    [[nodiscard]] bool all_of(const std::vector<NodeId>& members) const;
    // The id that those who have one are of; all zero: nobody has one.
    [[nodiscard]] ClusterId agreed_cluster() const;
    // Somebody was told by the administrator that those present go on.
    [[nodiscard]] bool forced() const;
    // The highest era that the log of anybody who votes in it has come to. What others have of an
    // era was committed by those who vote, or not at all.
    [[nodiscard]] Era highest_era() const;
    // All of `founders`; empty when one is missing or belongs to another cluster than the rest, or
    // when anybody has a log.
    [[nodiscard]] VoterList empty_founders(const std::vector<NodeId>& founders) const;
    // Above every promise that was spoken of.
    [[nodiscard]] View next_view(NodeId leader) const;

  private:
    std::uint64_t number_ = 0;
    MonotonicTime started_;
    std::map<NodeId, Said> said_;
};

}  // namespace pmx::replica
