// What this machine is called.
#pragma once

#include <string>
#include <string_view>

namespace pmx {

// As gethostname(2) gives it, with a domain where the administrator gave one; "localhost" where
// there is none.
std::string host_name();

// Up to the first dot. Nodes are called so: in corosync.conf, in nodes/ and in .members.
std::string first_label(std::string_view host);

}  // namespace pmx
