// The spool: what was sent while no daemon ran.
//
// A directory of mode 1733, root's: anybody may leave a file NAME.json, nobody but root sees what
// is there. A file holds a "send" request as it would have gone over the socket; whoever owns it
// sent it. It is removed once its event is on disk in the outbox, or refused for good.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "notifier/daemon/dispatcher.h"

namespace pmx::notifier {

constexpr std::size_t max_spooled_bytes = 1U << 20;
constexpr std::size_t max_spooled_files = 100;  // of one user

// Creates the directory, or gives an existing one the owner and mode that it must have.
Result<void> prepare_spool(const std::string& directory);

class Spool {
  public:
    Spool(std::string directory, Dispatcher& dispatcher)
        : directory_(std::move(directory)), dispatcher_(dispatcher) {}

    // Takes in what is there. A file that cannot be accepted now (full disk) stays for later.
    void drain();

  private:
    struct File;
    void take(int directory_fd, const std::string& name);
    Result<std::string> read(int directory_fd, const std::string& name, File& file);
    Result<void> accept(const std::string& text, File& file);
    void refuse(const File& file, const Error& why);

    const std::string directory_;
    Dispatcher& dispatcher_;
    // Of each user, in this drain:
    std::map<std::uint32_t, std::size_t> seen_;     // files
    std::map<std::uint32_t, std::size_t> refused_;  // what was refused
};

}  // namespace pmx::notifier
