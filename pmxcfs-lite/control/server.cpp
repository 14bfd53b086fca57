#include "control/server.h"

#include "control/protocol.h"

namespace pmx::control {

Server::Server(const Options& options, ports::Store& store, ports::Members& members,
               Recovery* recovery)
    : dispatcher_(store, &members, recovery, options.mount), desk_(members, dispatcher_) {}

Result<std::unique_ptr<Server>> Server::start(const Options& options, ports::Store& store,
                                              ports::Members& members, Recovery* recovery) {
    std::unique_ptr<Server> server(new Server(options, store, members, recovery));
    auto socket = LocalServer::start(
        {.path = socket_path(options.run_directory), .mode = 0660, .group = options.group},
        [dispatcher = &server->dispatcher_](const PeerCredentials& caller, std::string_view bytes) {
            return dispatcher->answer(caller, bytes);
        });
    if (!socket) return fail(socket.error().while_doing("control socket"));
    server->socket_ = std::move(*socket);
    return server;
}

Server::~Server() {
    dispatcher_.stop();
    socket_.reset();
}

}  // namespace pmx::control
