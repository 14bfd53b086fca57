#include "sqlite/open.h"

#include <algorithm>
#include <utility>

#include "base/file.h"
#include "base/random.h"
#include "sqlite/contents.h"
#include "sqlite/file_scan.h"
#include "sqlite/image.h"
#include "sqlite/migrations.h"
#include "sqlite/refusing_store.h"
#include "sqlite/salvage.h"
#include "sqlite/state_directory.h"
#include "sqlite/store.h"

namespace pmx::sqlite {
namespace {

Image new_image(const OpenOptions& options) {
    Image image;
    ports::Identity& identity = image.state.identity;
    identity.disk = random_disk_id();
    identity.node = options.node;
    identity.node_name = options.node_name;
    identity.mode = options.mode_if_new;
    replica::Base& base = image.state.log.base;
    if (options.mode_if_new == ports::Mode::one_node) {
        identity.cluster = random_cluster_id();
        base.voters = {{identity.node, identity.disk}};
    }
    const tree::Tree tree;
    base.tree_digest = tree.digest();
    for (const auto& [inode, node] : tree.nodes())
        image.state.nodes.push_back(node);
    return image;
}

std::uint64_t count_files(const std::vector<tree::Node>& nodes) {
    return static_cast<std::uint64_t>(
        std::ranges::count(nodes, tree::NodeKind::file, &tree::Node::kind));
}

// One start: what it found on the way, and how it ends.
class Opening {
  public:
    Opening(const OpenOptions& options, const Tuning& tuning)
        : options_(options), tuning_(tuning), directory_(options.state_directory) {}

    Result<Opened> run();

  private:
    Result<void> finish_interrupted_move();
    Result<void> create();
    Result<Opened> open_existing();
    Result<Database> open_for_writing() const;
    Result<Opened> open_whole(Database database, Contents contents);
    Result<Opened> replace_damaged(Image image, const std::string& problem);
    Image newer_schema(int version) const;
    Opened serve_from_memory(Image image);
    Result<void> note_place(Store& store, const std::optional<Place>& recorded,
                            ports::Identity& identity);

    const OpenOptions& options_;
    const Tuning& tuning_;
    StateDirectory directory_;
    UniqueFd lock_;
    Opened opened_;
    bool replaced_ = false;
};

Result<Opened> Opening::run() {
    if (auto made = make_directories(directory_.path(), 0700); !made) return fail(made.error());
    auto lock = directory_.lock();
    if (!lock) return fail(lock.error());
    lock_ = std::move(*lock);
    if (auto done = finish_interrupted_move(); !done) return fail(done.error());
    if (!exists(directory_.database()) && !exists(directory_.wal())) {
        if (auto done = create(); !done) return fail(done.error());
        opened_.created = true;
    }
    return open_existing();
}

// A saved database is complete before the damaged one is moved. So without a database beside it, it
// only lacks its name.
Result<void> Opening::finish_interrupted_move() {
    if (!exists(directory_.saved())) return {};
    if (exists(directory_.database())) return remove_database(directory_.saved());
    auto database = Database::open(directory_.saved(), Access::inspect_only, tuning_);
    if (!database) return fail(database.error());
    const Contents contents = read_contents(*database);
    const std::string aside =
        contents.recovery ? contents.recovery->set_aside : directory_.name_for_damaged();
    if (auto moved = directory_.set_aside(aside); !moved) return moved;
    return directory_.put_in_place(directory_.saved());
}

Result<void> Opening::create() {
    auto written = write_image(directory_.unfinished(), new_image(options_), tuning_);
    if (written) written = directory_.put_in_place(directory_.unfinished());
    if (!written) return fail(written.error().while_doing("cannot make a new database"));
    return {};
}

Result<Opened> Opening::open_existing() {
    FileFindings files = scan_files(directory_.database());
    opened_.warnings.insert(opened_.warnings.end(), files.warnings.begin(), files.warnings.end());
    auto database = open_for_writing();
    // No fault of the file's: another program holds it, the disk is full or only to be read.
    const bool disturbed = !database && database.error().code() != Code::corrupt;
    if (disturbed && database.error().code() == Code::busy) return fail(database.error());
    const bool log_may_lack_its_end = !files.problems.empty() || (!database && !disturbed);
    if (!database) {
        files.problems.push_back(database.error().message());
        database = Database::open(directory_.database(), Access::inspect_only, tuning_);
    }
    Contents contents;
    if (database && files.problems.empty()) {
        contents = read_contents(*database, Keep::what_a_start_needs);
    }
    if (database && (!files.problems.empty() || !contents.problems.empty())) {
        contents = read_contents(*database);
    }
    if (contents.newer_schema) return serve_from_memory(newer_schema(contents.schema_version));
    if (!database || log_may_lack_its_end) contents.log_may_lack_its_end = true;
    contents.problems.insert(contents.problems.begin(), files.problems.begin(),
                             files.problems.end());
    if (contents.problems.empty()) return open_whole(std::move(*database), std::move(contents));
    if (database) database = fail(Code::corrupt);  // closed, as it was
    const std::string problem = contents.problems.front();
    Image image = salvage(std::move(contents), options_, !disturbed);
    if (disturbed) return serve_from_memory(std::move(image));
    return replace_damaged(std::move(image), problem);
}

Result<Database> Opening::open_for_writing() const {
    if (directory_.is_on_read_only_filesystem()) {
        return fail(Code::read_only, directory_.path() +
                                         " is on a filesystem that is mounted read-only: see what "
                                         "dmesg says of it, and start again once it is writable");
    }
    return Database::open(directory_.database(), Access::read_write, tuning_);
}

Image Opening::newer_schema(int version) const {
    Image image = new_image(options_);
    image.recovery.emplace();
    image.recovery->problems.push_back(
        "the database was written by a newer version of pmxcfs-lite (schema " +
        std::to_string(version) + ", this one knows " + std::to_string(newest_schema_version()) +
        "); install that version again");
    return image;
}

Result<Opened> Opening::open_whole(Database database, Contents contents) {
    if (auto migrated = migrate(database); !migrated) {
        Image image = image_of(std::move(contents));
        if (!image.recovery) image.recovery.emplace();
        image.recovery->problems.push_back(migrated.error().message());
        image.recovery->whole_files = count_files(image.state.nodes);
        return serve_from_memory(std::move(image));
    }
    opened_.warnings.insert(opened_.warnings.end(), contents.warnings.begin(),
                            contents.warnings.end());
    for (const std::int64_t number : contents.damaged_rejected) {
        const std::string sql = "DELETE FROM rejected WHERE number = " + std::to_string(number);
        // What stays is left out again by the next start.
        (void)database.execute(sql.c_str(), "forgetting a damaged row");
    }
    const Store::Position position{*contents.floor, contents.base->index, contents.last(),
                                   contents.entry_bytes};
    const std::optional<Place> place = contents.place;
    Image image = image_of(std::move(contents));
    auto store = Store::create(std::move(database), std::move(lock_), position,
                               !image.recovery.has_value(), tuning_.checkpoint_pages);
    if (!store) return fail(store.error());
    if (tuning_.vfs.empty()) (*store)->keep_reserve(Reserve(directory_.path()));
    opened_.damage = std::move(image.recovery);
    opened_.state = std::move(image.state);
    if (auto noted = note_place(**store, place, opened_.state.identity); !noted) {
        return fail(noted.error());
    }
    opened_.store = std::move(*store);
    return std::move(opened_);
}

// The file is not the one the database was written as: somebody copied it, and the original may
// live on. A node alone keeps its disk id: its log knows no other voter, and nobody is misled.
Result<void> Opening::note_place(Store& store, const std::optional<Place>& recorded,
                                 ports::Identity& identity) {
    auto place = place_of(directory_.database());
    if (!place) return fail(place.error());
    if (recorded == *place || opened_.damage) return {};
    ports::WriteBatch batch;
    if (identity.mode == ports::Mode::cluster) {
        opened_.former_disk = identity.disk;
        identity.disk = random_disk_id();
        batch.identity = identity;
    }
    return store.write(batch, {{record::place, encode(*place)}});
}

Result<Opened> Opening::replace_damaged(Image image, const std::string& problem) {
    const std::string aside = directory_.name_for_damaged();
    if (image.recovery) {
        image.recovery->set_aside = aside;
    } else {
        opened_.warnings.push_back("the database was damaged (" + problem +
                                   ") and is set aside in " + aside +
                                   "; this node begins anew and gets everything from the others");
    }
    Result<void> done;
    if (replaced_) done = fail(Code::corrupt, "the saved database cannot be read back: " + problem);
    if (done) done = write_image(directory_.saved(), image, tuning_);
    if (done) done = directory_.set_aside(aside);
    if (done) done = directory_.put_in_place(directory_.saved());
    if (!done) {
        if (!image.recovery) image.recovery.emplace();
        image.recovery->set_aside.clear();
        image.recovery->problems.push_back("nothing could be written either: " +
                                           done.error().message());
        return serve_from_memory(std::move(image));
    }
    replaced_ = true;
    return open_existing();
}

Opened Opening::serve_from_memory(Image image) {
    if (!image.recovery) image.recovery.emplace();
    opened_.damage = std::move(image.recovery);
    opened_.damage->confirmable = false;
    opened_.state = std::move(image.state);
    opened_.store = std::make_unique<RefusingStore>(std::move(lock_), summary(*opened_.damage));
    return std::move(opened_);
}

}  // namespace

Result<Opened> open(const OpenOptions& options, const Tuning& tuning) {
    return Opening(options, tuning).run();
}

Result<Opened> open(const OpenOptions& options) {
    return open(options, Tuning{});
}

Result<void> confirm_recovery(ports::LogStore& store) {
    auto* on_disk = dynamic_cast<Store*>(&store);
    if (on_disk != nullptr) return on_disk->confirm();
    return fail(Code::invalid_argument, "there is nothing on the disk that could be made writable");
}

Result<void> confirm_recovery(const std::string& state_directory) {
    if (!exists(StateDirectory(state_directory).database())) {
        return fail(Code::not_found, state_directory + " has no database");
    }
    OpenOptions options;
    options.state_directory = state_directory;
    auto opened = open(options);
    if (!opened) return fail(opened.error());
    return confirm_recovery(*opened->store);
}

}  // namespace pmx::sqlite
