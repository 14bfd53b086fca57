// How the cluster looks in the answer to status.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "control/standings.h"
#include "ports/store.h"

namespace pmx::control {

// [{"id", "name", "address", "this", "listed", "online", "reachable", "voter", "other_disk",
//   "leads", "in_step", "durable" (index), "lag" (entries behind the commit index), "refusal",
//   "left_ns" (when it was last here)}]; null where it is not known
nlohmann::json nodes_json(const std::vector<Standing>& standings, LogIndex committed);
// {"quorate" (corosync's word), "voters", "here", "needed", "missing": [id]}
nlohmann::json quorum_json(const Quorum& quorum, bool quorate);
// {"model", "algorithm", "host"}, each as corosync.conf has it or null; null without a device
nlohmann::json quorum_device_json(const std::optional<ports::QuorumDevice>& device);
// {"kind": "snapshot" (counts inodes) | "tail" (counts entries), "from", "done", "total" (null: not
//  known yet)}; null: in step, or nobody to fetch from
nlohmann::json catching_up_json(const std::optional<replica::CatchingUp>& catching_up);
// {"index", "differing": [id], "without_majority"}; null before the first
nlohmann::json scrub_json(const replica::Scrub& scrub);
nlohmann::json ids_json(const std::vector<NodeId>& nodes);

}  // namespace pmx::control
