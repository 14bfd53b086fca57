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

inline constexpr std::size_t max_log_name_bytes = 64;  // ident, user
inline constexpr std::size_t max_log_text_bytes = 4 << 10;

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

// Within the limits above, severity 0 to 7, all text UTF-8 without control characters.
bool is_valid(const ClusterLogMessage& message);

class ClusterLog {
  public:
    static constexpr std::size_t max_bytes = 64 << 10;  // as encoded

    // The message must be valid. The oldest make room.
    void append(ClusterLogMessage message);
    [[nodiscard]] const std::deque<ClusterLogMessage>& messages() const {
        return messages_;
    }  // oldest first

    // The time of the newest entry applied to the tree. It stands here because nodes must agree on
    // it after a restart too, and this is what is stored of a tree beside its nodes.
    [[nodiscard]] WallTime time() const { return time_; }
    void set_time(WallTime time) { time_ = time; }

    [[nodiscard]] std::string encode() const;
    static Result<ClusterLog> decode(std::string_view bytes);

  private:
    static constexpr std::size_t header_bytes = 8 + 4;  // time, count

    WallTime time_;
    std::deque<ClusterLogMessage> messages_;
    std::size_t bytes_ = header_bytes;
};

}  // namespace pmx::tree
