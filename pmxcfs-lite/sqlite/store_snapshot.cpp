// A snapshot in the place of tree and log, and its nodes while it is on its way.
#include "sqlite/store.h"

namespace pmx::sqlite {

// `install` says what differs from the tree at the last applied entry: the caller has written a
// checkpoint there.
Result<void> Store::install(const replica::Install& install) {
    auto done = database_.execute("DELETE FROM log; DELETE FROM history; DELETE FROM aside",
                                  "forgetting what a snapshot replaces");
    if (done) done = write_nodes(install.changed, install.removed);
    if (done) done = put_record(record::cluster_log, install.cluster_log.encode());
    if (done) done = put_record(record::base, replica::encode(install.base));
    position_.floor = {install.base.index, install.base.chain};
    position_.base = install.base.index;
    position_.last = install.base.index;
    position_.entry_bytes = 0;
    if (done) done = put_record(record::floor, encode(position_.floor));
    return done;
}

Result<void> Store::keep_aside(const std::vector<tree::Node>& nodes) {
    Result<void> done;
    for (const tree::Node& node : nodes) {
        if (!done) return done;
        const std::string bytes = tree::encode(node);
        const Checksum checksum = aside_checksum(node.inode, bytes);
        statements_.put_aside.bind(1, node.inode.value);
        statements_.put_aside.bind_blob(2, as_bytes(checksum));
        statements_.put_aside.bind_blob(3, bytes);
        done = statements_.put_aside.run();
    }
    return done;
}

}  // namespace pmx::sqlite
