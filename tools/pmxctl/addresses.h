// The network addresses by which the nodes of a cluster find each other.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "tools/pmxctl/command.h"

namespace pmx::pmxctl {

// --address and --link1.
void add_address_options(boost::program_options::options_description& options);

// The addresses given, of link 0 and 1, written as inet_ntop(3) writes them.
// Code::invalid_argument: one is none that another node could reach, or both are the same.
Result<std::vector<std::string>> given_addresses(const Invocation& invocation);

// Whether one of this machine's interfaces has it.
Result<bool> is_local_address(const std::string& address);

}  // namespace pmx::pmxctl
