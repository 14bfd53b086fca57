// A scenario: what happens to a cluster, step by step, as text; and what must be seen then.
//
//   nodes N [spare M] [fewer]   N nodes form a cluster; fewer: two_node, or a quorum device
//   save NODE KEY=VALUE         answered before the next line
//   try NODE KEY=VALUE          proposed, and no more
//   sync NODE KEY=VALUE         a read on NODE after a barrier gives VALUE; "-": not there
//   lock NODE NAME              NODE takes a lock, free or expired; locked NODE NAME: it cannot
//   refused NODE                a save there is refused at once
//   cut 1 2 | 3                 who reaches whom; heal: all do
//   kill NODE, start NODE       the daemon; power-off NODE, power-on NODE: with its corosync
//   hang NODE, wake NODE        the daemon stands still
//   hang-disk NODE, wake-disk NODE, full-disk NODE
//   checkpoint NODE             its log is cut
//   new-disk NODE               of a node that is down: it is set up anew under its old id
//   keep-disk NODE, old-disk NODE   a copy is kept; and put back, while the node is down
//   flip-bit NODE
//   list 1 2 3                  the administrator's list of nodes
//   level NODE N                its program's highest level, from its next start on
//   force NODE                  quorum is forced
//   quorum-comes-late           what votequorum says comes only by tell-quorum NODE, from here on
//   order NODE..., hear NODE..., write NODE...   single steps: what the nodes sent gets its order;
//                               they are given it; their disks write
//   run MILLISECONDS            all nodes run
//   rest                        until all nodes are at rest in agreement
//   expect NODE KEY=VALUE       what NODE shows now, without asking anybody
//   expect-leader NODE, expect-no-view NODE, expect-voters 1 2 3, expect-level N, expect-era N
//   expect-rejected NODE KEY    NODE lists a change of KEY as rejected; expect-none-rejected NODE
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pmx::sim {

// What went wrong, with the line; nothing when all was as expected.
std::optional<std::string> play(std::string_view scenario);

}  // namespace pmx::sim
