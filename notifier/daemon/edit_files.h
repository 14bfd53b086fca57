// notifications.cfg and its private part as one thing to be read and replaced.
//
// On pmxcfs-lite's mount a change of both is one entry, made by `pmxctl txn` with what was read as
// the expectation. Anywhere else the private file is replaced first, then the shared one: whoever
// looks in between finds a secret without its section, never a target without its secret.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "schema/edit_notifications.h"

namespace pmx::notifier {

class EditFiles {
  public:
    explicit EditFiles(std::string root) : root_(std::move(root)) {}

    // A file that is not there is an empty one.
    [[nodiscard]] Result<schema::NotificationTexts> read() const;
    // Another file of the configuration; empty where it is not there.
    [[nodiscard]] Result<std::string> read_other(std::string_view name) const;
    // Puts `after` in the place of `before`. Code::version_mismatch: somebody else changed a file
    // meanwhile, and nothing was written.
    [[nodiscard]] Result<void> replace(const schema::NotificationTexts& before,
                                       const schema::NotificationTexts& after) const;

  private:
    const std::string root_;
};

// Where `directory` lies in a mount of pmxcfs-lite: its path there ("" is the mount itself), by a
// text as /proc/self/mountinfo has it. Nothing where it is on anything else.
std::optional<std::string> path_in_store(std::string_view mountinfo, const std::string& directory);

}  // namespace pmx::notifier
