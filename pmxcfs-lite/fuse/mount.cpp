#include "fuse/mount.h"

#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <thread>
#include <utility>

#include "fuse/commits.h"
#include "fuse/filesystem.h"
#include "fuse/mountpoint.h"
#include "fuse/session.h"

namespace pmx::fuse {
namespace {

constexpr unsigned min_threads = 2;
constexpr unsigned max_threads = 4;

AttributeTable table_for(uid_t user, gid_t group) {
    if (user == 0) return {0, 0, group};
    return {user, ::getegid(), ::getegid()};
}

std::optional<EventHelper::File> file_to_tell_of(Filesystem& fs, Inode inode) {
    const auto lock = fs.files.lock();
    const ports::TreeView tree = fs.store.read();
    if (tree->find(inode) == nullptr) return std::nullopt;
    return EventHelper::File{fs.files.node_id_of(inode), tree->path_of(inode)};
}

}  // namespace

struct Mount::Impl {
    ModifyEvents events;              // with a process that is forked here
    std::mutex starting;              // start and stop, one at a time
    mutable std::shared_mutex mutex;  // guards the pointer below against committed()
    std::shared_ptr<Filesystem> filesystem;
    std::unique_ptr<Session> session;
};

Mount::Mount() : impl_(std::make_unique<Impl>()) {}

Mount::~Mount() {
    stop();
}

Result<void> Mount::start(const MountOptions& options, ports::Store& store) {
    const std::lock_guard starting(impl_->starting);
    if (auto prepared = prepare_mountpoint(options.mountpoint); !prepared) {
        return fail(prepared.error());
    }
    const uid_t user = ::geteuid();
    auto filesystem =
        std::make_shared<Filesystem>(store, table_for(user, options.gid), impl_->events);
    auto session = Session::mount(options.mountpoint, user == 0, *filesystem);
    if (!session) return fail(session.error());
    filesystem->session = (*session)->raw();
    {
        const std::unique_lock lock(impl_->mutex);
        impl_->filesystem = filesystem;
    }
    impl_->session = std::move(*session);
    impl_->events.start(options.mountpoint, [fs = impl_->filesystem.get()](Inode inode) {
        return file_to_tell_of(*fs, inode);
    });
    const unsigned threads = options.threads != 0 ? options.threads
                                                  : std::clamp(std::thread::hardware_concurrency(),
                                                               min_threads, max_threads);
    impl_->session->run(threads, options.unmounted);
    return {};
}

void Mount::stop() {
    const std::lock_guard starting(impl_->starting);
    if (!impl_->session) return;
    Filesystem& fs = *impl_->filesystem;
    fs.stopped = true;
    impl_->events.stop();
    impl_->session->stop_serving();
    fs.timer.stop();
    fs.waits.stop();
    impl_->session->unmount();  // ends what the cache's worker may wait for
    fs.kernel_cache.stop();
    fs.virtual_tree.stop();
    impl_->session.reset();
    impl_->events.end_helper();
    {
        const auto files = fs.files.lock();
        fs.files.clear();
        fs.locks.clear();
    }
    const std::unique_lock lock(impl_->mutex);
    impl_->filesystem.reset();
}

void Mount::committed(const ports::Committed& committed) {
    const std::shared_lock lock(impl_->mutex);
    if (impl_->filesystem && !impl_->filesystem->stopped) {
        take_in_changes(*impl_->filesystem, committed);
        impl_->filesystem->virtual_tree.committed(committed);
    }
}

}  // namespace pmx::fuse
