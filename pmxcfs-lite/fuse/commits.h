// Edits on their way into the log, one entry a commit.
#pragma once

#include <functional>
#include <memory>

#include "fuse/filesystem.h"
#include "fuse/open_files.h"

namespace pmx::fuse {

// Both unlock: what they start may be answered at once.

// Sends what the handle has collected; a pending file comes to be with it. Where no saver waits, a
// failure is in the journal, and told to the handle's next call.
void commit_handle(Filesystem& fs, OpenFiles::Lock lock, Handle& handle,
                   std::optional<Waiter> waiter);
// Sends edits that belong to no handle.
void commit_file(Filesystem& fs, OpenFiles::Lock lock, const std::shared_ptr<OpenFile>& file,
                 Commit commit);

// How the journal calls a file.
std::string name_for_log(const OpenFile& file);

// What an entry did to files that are open: their newest content, and the kernel's pages of it.
void take_in_changes(Filesystem& fs, const ports::Committed& committed);

// Answers the request with the commit's code, unless it was interrupted before.
Waiter answer_with_code(Filesystem& fs, fuse_req_t request);
// Calls `then` with the request instead, or answers it when the commit failed.
Waiter answer_then(Filesystem& fs, fuse_req_t request, std::function<void(fuse_req_t)> then);
// The commit is another's: calls `then` with the request when it is over, failed or not.
Waiter whatever_comes_of_it(Filesystem& fs, fuse_req_t request,
                            std::function<void(fuse_req_t)> then);

}  // namespace pmx::fuse
