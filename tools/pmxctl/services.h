// Starting and stopping corosync and pmxcfs-lite, where systemd does that.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "tools/pmxctl/command.h"

namespace pmx::pmxctl {

// --no-services
void add_services_option(boost::program_options::options_description& options);

class Services {
  public:
    explicit Services(const Invocation& invocation);

    // False: nothing here starts or stops them; the functions below do nothing, and the person is
    // to be told.
    [[nodiscard]] bool available() const { return available_; }

    // Now and at every boot, with the configuration as it is now.
    [[nodiscard]] Result<void> restart_corosync() const;
    [[nodiscard]] Result<void> restart_store() const;
    [[nodiscard]] Result<void> stop_store() const;

  private:
    bool available_;
};

}  // namespace pmx::pmxctl
