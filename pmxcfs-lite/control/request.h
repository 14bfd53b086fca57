// What the requests share: who asks, what there is to ask, and the table of them all.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/local_socket.h"
#include "base/result.h"
#include "control/arguments.h"
#include "control/recovery.h"
#include "control/waits.h"
#include "ports/store.h"

namespace pmx::control {

struct Context {
    ports::Store& store;
    Recovery* recovery;  // null: nothing is damaged
    const std::string& mount;
    Waits& waits;
    wire::Actor caller;
    bool administrator = false;  // may change things, and see priv/
    std::size_t max_answer_bytes = 0;
};

// A handler reads all its arguments and checks them before it does anything.
using Handler = Result<nlohmann::json> (*)(const Context& context, Arguments& arguments);

enum class Access : unsigned char { reader, administrator };
enum class Scope : unsigned char {
    shared,    // every node would answer alike
    own_node,  // about what this node has of its own: an administrator elsewhere may ask too
};

struct Request {
    std::string_view name;
    Access access;
    Handler handler;
    Scope scope = Scope::shared;
};

// Null when there is none of that name.
const Request* find_request(std::string_view name);

Result<nlohmann::json> handle_cluster_init(const Context& context, Arguments& arguments);
Result<nlohmann::json> handle_force_quorum(const Context& context, Arguments& arguments);
Result<nlohmann::json> handle_lock_list(const Context& context, Arguments& arguments);
Result<nlohmann::json> handle_log(const Context& context, Arguments& arguments);
Result<nlohmann::json> handle_log_message(const Context& context, Arguments& arguments);
Result<nlohmann::json> handle_problems(const Context& context, Arguments& arguments);
Result<nlohmann::json> handle_recover(const Context& context, Arguments& arguments);
Result<nlohmann::json> handle_rejected(const Context& context, Arguments& arguments);
Result<nlohmann::json> handle_rejected_apply(const Context& context, Arguments& arguments);
Result<nlohmann::json> handle_rejected_forget(const Context& context, Arguments& arguments);
Result<nlohmann::json> handle_stat(const Context& context, Arguments& arguments);
Result<nlohmann::json> handle_status(const Context& context, Arguments& arguments);
Result<nlohmann::json> handle_sync(const Context& context, Arguments& arguments);
Result<nlohmann::json> handle_txn(const Context& context, Arguments& arguments);

// From the root of the tree, as the log knows it: "storage.cfg" for "storage.cfg" and, under the
// mount /etc/pve, for "/etc/pve/storage.cfg"; "nodes/one/qemu-server/100.conf" for
// "local/qemu-server/100.conf" and "qemu-server/100.conf" on node one; "" for the root.
Result<std::string> tree_path(const Context& context, std::string_view given);

// Whether the caller may know of what is, or was, at the path: root may of everything; others not
// of what is private by its place, nor of what is closed to them by its mode or by that of a
// directory on the way. Asks the tree: not to be called with a TreeView in hand.
bool may_see(const Context& context, std::string_view path);

// As tree_path, of what is to be changed: permission_denied for the virtual files and links
// themselves.
Result<std::string> changeable_path(const Context& context, std::string_view given);

}  // namespace pmx::control
