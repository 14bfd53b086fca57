// What `apt-get --simulate dist-upgrade` prints, read.
//
//   Inst openssl [3.0.11-1] (3.0.14-1 Debian:12.6/stable [amd64])
//   Inst linux-image-6.1.0-26-amd64 (6.1.112-1 Debian-Security:12/stable-security [amd64])
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pmx::notifier {

struct PackageUpdate {
    std::string name;
    std::string installed;  // empty: a new package
    std::string available;
    friend bool operator==(const PackageUpdate&, const PackageUpdate&) = default;
};

// In the order printed; at most as many as an event may have. Lines of any other form are left out.
std::vector<PackageUpdate> parse_apt_simulation(std::string_view printed);

}  // namespace pmx::notifier
