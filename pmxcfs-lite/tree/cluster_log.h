// The cluster log: the last 64 KiB of messages, part of the tree and replicated with it.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"

namespace pmx::tree {

struct ClusterLogMessage {
    LogIndex index;
    NodeId node;
    WallTime time;
    std::string ident;
    std::string user;
    std::uint8_t severity = 6;
    std::uint32_t pid = 0;
    std::string text;
    friend bool operator==(const ClusterLogMessage&, const ClusterLogMessage&) = default;
};

class ClusterLog {
  public:
    static constexpr std::size_t max_bytes = 64 << 10;  // as encoded

    void append(ClusterLogMessage message);
    [[nodiscard]] const std::deque<ClusterLogMessage>& messages() const {
        return messages_;
    }  // oldest first

    [[nodiscard]] std::string encode() const;
    static Result<ClusterLog> decode(std::string_view bytes);

  private:
    std::deque<ClusterLogMessage> messages_;
    std::size_t bytes_ = 0;
};

}  // namespace pmx::tree
