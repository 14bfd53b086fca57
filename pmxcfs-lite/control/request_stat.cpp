// stat: {"path"} -> {"path", "kind": "file" | "directory", "inode", "version": index of the entry
//   that changed it last, "mtime_ns", "writer": node, "writer_name", "mode" ("0640"), "root_group":
//   whether the group that it belongs to is root's; of a file "size" and "sha256"}
#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/sha256.h"
#include "control/protocol.h"
#include "control/request.h"
#include "control/views.h"
#include "tree/layout.h"
#include "tree/permissions.h"

namespace pmx::control {

using nlohmann::json;

Result<json> handle_stat(const Context& context, Arguments& arguments) {
    const std::string given = arguments.text("path", max_path_bytes);
    if (auto ok = arguments.check(); !ok) return fail(ok.error());
    auto path = tree_path(context, given);
    if (!path) return fail(path.error());
    const NodeNames names(context.store);
    json answer;
    tree::Content content;
    {
        const ports::TreeView view = context.store.read();
        const bool is_private = tree::is_private(*path);
        if (!context.administrator && (is_private || tree::is_closed(*view, *path))) {
            return fail(Code::access_denied, "only root may see " + *path);
        }
        const auto node = view->resolve({.path = *path});
        if (!node) return fail(Error(node.error().code(), *path + " is not there"));
        const bool is_file = (*node)->kind == tree::NodeKind::file;
        answer = {{"path", *path},
                  {"kind", is_file ? "file" : "directory"},
                  {"inode", (*node)->inode.value},
                  {"version", (*node)->version.value},
                  {"mtime_ns", to_ns((*node)->mtime)},
                  {"writer", (*node)->writer.value},
                  {"writer_name", names.of((*node)->writer)},
                  {"mode", mode_text((*node)->kind, is_private, (*node)->withheld)},
                  {"root_group", is_private || (*node)->withheld.group}};
        content = (*node)->content;
    }
    if (content) {
        answer["size"] = content->size();
        answer["sha256"] = to_hex(sha256(*content));
    }
    return answer;
}

}  // namespace pmx::control
