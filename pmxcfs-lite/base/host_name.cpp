#include "base/host_name.h"

#include <unistd.h>

#include <array>
#include <climits>

namespace pmx {

std::string host_name() {
    std::array<char, HOST_NAME_MAX + 1> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
    return name.data();
}

std::string first_label(std::string_view host) {
    return std::string(host.substr(0, host.find('.')));
}

}  // namespace pmx
