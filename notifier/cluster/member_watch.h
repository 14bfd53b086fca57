// Which nodes of the cluster are lost: gone for longer than a grace period while this node has
// quorum.
//
// Pure: told what the store's member list says, and what the shared directory remembers. There, a
// file NODE.lost stands as long as the node is lost; its time, which is the same on every node,
// makes the id of the events that tell of it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "notifier/cluster/shared_directory.h"
#include "notifier/model/event.h"

namespace pmx::notifier {

inline constexpr std::string_view node_lost_type = "node-lost";
inline constexpr std::string_view node_back_type = "node-back";
inline constexpr std::string_view lost_suffix = ".lost";
// NODE.fenced stands from the first word of a fencing until it is over; its time makes the id by
// which all nodes tell it (notifier/cli/fenced.cpp makes it).
inline constexpr std::string_view fenced_suffix = ".fenced";

class MemberWatch {
  public:
    explicit MemberWatch(std::int64_t grace_s) : grace_s_(grace_s) {}

    struct Finding {
        // Lost, and nobody has written NODE.lost yet.
        std::vector<std::string> to_mark;
        // To be told, each with the time of its NODE.lost.
        std::map<std::string, std::int64_t> lost;
        // Back, or no longer a node of this cluster: NODE.lost is to go, for those that are back
        // once it is told.
        std::map<std::string, std::int64_t> back;
        std::set<std::string> removed;
        // Gone as long as that, and not lost: its fencing was told.
        std::set<std::string> fenced;
    };
    // `monotonic_s` and `now_s` are the same instant by two clocks; `marks` are NODE and time of
    // the files there are; `fenced` says for a node when an agent last acknowledged its fencing.
    Finding look(const Members& members, const std::map<std::string, std::int64_t>& marks,
                 const std::map<std::string, std::int64_t>& fenced, std::int64_t monotonic_s,
                 std::int64_t now_s);

  private:
    const std::int64_t grace_s_;
    std::map<std::string, std::int64_t> gone_since_s_;  // monotonic
};

// Which fencings are over, so that the next one of the same node is another event.
class FencingWatch {
  public:
    // Nodes whose NODE.fenced is to go: they are back, or it is minutes old and they have not gone.
    std::vector<std::string> look(const Members& members,
                                  const std::map<std::string, std::int64_t>& marks,
                                  std::int64_t now_s);

  private:
    std::map<std::string, std::int64_t> seen_gone_;  // since the mark of that time
};

// The node that an event id `fenced-NODE-INCIDENT` is about.
std::optional<std::string> fenced_node(const std::string& event_id, const Members& members);

// The same wherever the same loss is told, but for `node`, who tells it.
Event node_lost_event(const std::string& lost, std::int64_t marked_s, const Members& members,
                      const std::string& node);
Event node_back_event(const std::string& back, std::int64_t marked_s, std::int64_t now_s,
                      const std::string& node);

}  // namespace pmx::notifier
