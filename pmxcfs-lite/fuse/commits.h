// Edits on their way into the log, one entry a commit.
#pragma once

#include <functional>
#include <memory>

#include "fuse/filesystem.h"
#include "fuse/open_files.h"

namespace pmx::fuse {

// Both unlock: what they start may be answered at once.

// Sends what the handle has collected; a pending file comes to be with it. Nobody waits when
// `waiter` is empty: a failure is then in the journal, and told to the handle's next call.
void commit_handle(Filesystem& fs, OpenFiles::Lock lock, Handle& handle,
                   std::function<void(Code)> waiter);
// Sends edits that belong to no handle.
void commit_file(Filesystem& fs, OpenFiles::Lock lock, const std::shared_ptr<OpenFile>& file,
                 Commit commit);

// What an entry did to files that are open: their newest content, and the kernel's pages of it.
void take_in_changes(Filesystem& fs, const ports::Committed& committed);

// Answers the request with the commit's code, unless it was interrupted before.
std::function<void(Code)> answer_with_code(Filesystem& fs, fuse_req_t request);
// Calls `then` with the request instead, or answers it when the commit failed.
std::function<void(Code)> answer_then(Filesystem& fs, fuse_req_t request,
                                      std::function<void(fuse_req_t)> then);

}  // namespace pmx::fuse
