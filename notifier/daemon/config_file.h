// One configuration file, read anew only when it is another one than last time.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

#include "base/clock.h"

namespace pmx::notifier {

class ConfigFile {
  public:
    enum class State : std::uint8_t { absent, present, unreadable };

    explicit ConfigFile(std::string path) : path_(std::move(path)) {}

    // Looks at the file; true when state or text may be others than before.
    bool refresh(WallTime now);

    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] const std::string& text() const { return text_; }      // empty unless present
    [[nodiscard]] const std::string& reason() const { return reason_; }  // why it is unreadable

  private:
    bool become(State state, std::string text, std::string reason);

    const std::string path_;
    State state_ = State::absent;
    std::string text_;
    std::string reason_;
    struct stat identity_ {};
    bool known_ = false;  // identity_ says whether the file changed
};

}  // namespace pmx::notifier
