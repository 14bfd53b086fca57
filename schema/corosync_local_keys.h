// What of a corosync.conf is a node's own affair: keys that run programs, open files or devices,
// make interfaces or let users in. Whoever may write the mount on one node must not get that on all
// of them, so these keys are taken from the node's own file only.
//
// Taken from the mount: sections totem, nodelist, quorum and logging, without
//   totem.keyfile, totem.key           the file with the cluster's key, or the key itself
//   quorum.device.heuristics.*         exec_NAME is a command that corosync-qdevice runs
//   logging...logfile, to_logfile,     a file that corosync appends to, anywhere
//     logfile_priority
//   keys and sections whose name has a dot: corosync joins names with dots, so
//     "device.heuristics.exec_x" in quorum means what the nested sections mean
// Never taken from it: every other section. system has directories, resources a watchdog's device,
// nozzle makes an interface and runs scripts, uidgid says who may talk to corosync.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/corosync_sections.h"
#include "schema/problem.h"

namespace pmx::schema {

// Without them, and without sections that say nothing else: so a node's own file and the cluster's
// compare.
CorosyncSection without_local_keys(const CorosyncSection& file);

// `file` with what `own`, the node's file, has of them. A heuristics section without a device in
// `file` is left out: it would make one.
CorosyncSection with_local_keys_of(const CorosyncSection& file, const CorosyncSection& own);

// One for each of them, by line: that it is taken from the node's own file.
std::vector<Problem> local_key_problems(const CorosyncSection& file);

// A file for `corosync -t`, run as somebody without rights: `text` without its local keys, each
// line where it was, so that what corosync says has the right number; its words go to standard
// error, and `key_file` is read in place of the cluster's key.
std::string corosync_trial_text(std::string_view text, std::string_view key_file);

}  // namespace pmx::schema
