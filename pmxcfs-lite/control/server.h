// The server behind RUN/control.sock: answers what pmxctl asks of the store, here and on the other
// nodes.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "base/local_socket.h"
#include "base/result.h"
#include "control/dispatcher.h"
#include "control/member_desk.h"
#include "control/recovery.h"
#include "ports/members.h"
#include "ports/store.h"

namespace pmx::control {

class Server {
  public:
    struct Options {
        std::string run_directory;  // exists
        gid_t group = 0;            // whose members may read
        std::string mount;          // where the files are, for paths and for status
    };

    // Serves at once, on threads of its own. `recovery` is null when nothing is damaged; all
    // outlive the server. The destructor ends what waits, with shutting_down, within moments.
    static Result<std::unique_ptr<Server>> start(const Options& options, ports::Store& store,
                                                 ports::Members& members, Recovery* recovery);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

  private:
    Server(const Options& options, ports::Store& store, ports::Members& members,
           Recovery* recovery);

    Dispatcher dispatcher_;
    MemberDesk desk_;
    std::unique_ptr<LocalServer> socket_;
};

}  // namespace pmx::control
