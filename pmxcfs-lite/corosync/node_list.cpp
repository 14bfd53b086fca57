#include "corosync/node_list.h"

#include <corosync/cmap.h>

#include <set>
#include <string>

namespace pmx::corosync {

std::size_t running_node_count() {
    cmap_handle_t map = 0;
    if (cmap_initialize(&map) != CS_OK) return 0;
    // Keys look like nodelist.node.0.ring0_addr; the number is the node's place in the list.
    const std::string prefix = "nodelist.node.";
    std::set<std::string> places;
    cmap_iter_handle_t iterator = 0;
    if (cmap_iter_init(map, prefix.c_str(), &iterator) == CS_OK) {
        char key[CMAP_KEYNAME_MAXLEN + 1] = {};
        std::size_t length = 0;
        cmap_value_types_t type{};
        while (cmap_iter_next(map, iterator, key, &length, &type) == CS_OK) {
            const std::string name(key);
            places.insert(name.substr(0, name.find('.', prefix.size())));
        }
        cmap_iter_finalize(map, iterator);
    }
    cmap_finalize(map);
    return places.size();
}

}  // namespace pmx::corosync
