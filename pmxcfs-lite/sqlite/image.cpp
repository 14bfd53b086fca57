#include "sqlite/image.h"

#include <fcntl.h>

#include <cerrno>
#include <utility>

#include "base/unique_fd.h"

#include "sqlite/migrations.h"
#include "sqlite/state_directory.h"
#include "sqlite/store.h"

namespace pmx::sqlite {
namespace {

// SQLite would make it readable for everybody; the files beside it get the mode that it has.
Result<void> make_private_file(const std::string& path) {
    const UniqueFd file(
        ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) return fail_errno(errno, "cannot make " + path);
    return {};
}

}  // namespace

Result<void> write_image(const std::string& path, const Image& image, const Tuning& tuning) {
    if (auto removed = remove_database(path); !removed) return removed;
    if (auto made = make_private_file(path); !made) return made;
    auto database = Database::open(path, Access::create, tuning);
    if (!database) return fail(database.error());
    if (auto migrated = migrate(*database); !migrated) return migrated;
    auto place = place_of(path);
    if (!place) return fail(place.error());

    Store::Position position;
    position.floor = image.floor;
    position.base = image.floor.index;
    position.last = image.floor.index;
    auto store = Store::create(std::move(*database), UniqueFd(), position, true);
    if (!store) return fail(store.error());

    ports::WriteBatch batch;
    batch.identity = image.state.identity;
    batch.promise = image.state.log.promise;
    batch.append = image.older_entries;
    batch.append.insert(batch.append.end(), image.state.log.entries.begin(),
                        image.state.log.entries.end());
    batch.reject = image.rejected;
    batch.keep_aside = image.state.log.aside;
    batch.checkpoint.emplace();
    batch.checkpoint->base = image.state.log.base;
    batch.checkpoint->changed = image.state.nodes;
    batch.checkpoint->cluster_log = image.state.cluster_log.encode();
    batch.checkpoint->history = image.history;
    std::vector<Store::Record> records{{record::floor, encode(image.floor)},
                                       {record::place, encode(*place)}};
    if (image.recovery) records.push_back({record::recovery, encode(*image.recovery)});
    if (auto written = (*store)->write(batch, records); !written) return written;

    // Closing moves the WAL into the database, syncs that, and removes the WAL when all went well.
    store->reset();
    if (exists(path + "-wal")) return fail(Code::io_error, "cannot complete " + path);
    return {};
}

Image image_of(Contents contents) {
    Image image;
    image.state.identity = std::move(*contents.identity);
    image.state.log.promise = *contents.promise;
    image.state.log.base = std::move(*contents.base);
    image.state.cluster_log = std::move(*contents.cluster_log);
    image.floor = *contents.floor;
    for (auto& [index, entry] : contents.entries) {
        const bool older = index <= image.state.log.base.index;
        (older ? image.older_entries : image.state.log.entries).push_back(std::move(entry));
    }
    image.state.nodes.reserve(contents.nodes.size());
    for (auto& [inode, node] : contents.nodes)
        image.state.nodes.push_back(std::move(node));
    image.history = std::move(contents.history);
    for (const ports::RejectedChange& change : contents.rejected)
        image.state.rejected.insert(change.request);
    image.rejected = std::move(contents.rejected);
    image.state.log.aside = std::move(contents.aside);
    image.recovery = std::move(contents.recovery);
    return image;
}

}  // namespace pmx::sqlite
