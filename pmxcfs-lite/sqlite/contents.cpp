#include "sqlite/contents.h"

#include <algorithm>
#include <functional>
#include <set>

#include "sqlite/history_rows.h"
#include "sqlite/migrations.h"
#include "sqlite/rejected_rows.h"

namespace pmx::sqlite {
namespace {

constexpr std::size_t max_structure_problems = 20;

std::string number(std::uint64_t value) {
    return std::to_string(value);
}

class Reader {
  public:
    Reader(Database& database, Contents& contents, Keep keep)
        : database_(database), contents_(contents), keep_(keep) {}

    void read() {
        if (!read_schema()) return;
        read_structure();
        read_records();
        if (keep_ == Keep::everything) {
            read_log();
        } else {
            read_plain_log();
        }
        read_inodes();
        read_history();
        if (contents_.schema_version >= 2) {
            read_rejected();
            read_aside();
        }
        check_tree();
    }

  private:
    void problem(std::string text) { contents_.problems.push_back(std::move(text)); }

    bool read_schema();
    void read_structure();
    void read_records();
    std::optional<std::string> read_record(std::string_view name);
    template <typename Value>
    std::optional<Value> decode_record(std::string_view name,
                                       Result<Value> (*decode)(std::string_view), bool required);
    void read_log();
    void read_plain_log();
    [[nodiscard]] bool continues_log(const Statement& row, Floor& before);
    void check_links(std::map<LogIndex, wire::Chain> chains);
    void read_inodes();
    void read_inodes_by_index();
    [[nodiscard]] std::string select_inodes() const;
    bool take_inode(const Statement& row);
    void read_history();
    void read_rejected();
    void read_aside();
    void check_tree();

    // Runs `row` for each row; the error that ended it, or nothing at the end.
    std::optional<Error> each(std::string_view sql,
                              const std::function<void(const Statement&)>& row);

    Database& database_;
    Contents& contents_;
    const Keep keep_;
    std::set<Inode> bad_inodes_;
};

std::optional<Error> Reader::each(std::string_view sql,
                                  const std::function<void(const Statement&)>& row) {
    auto statement = database_.prepare(sql);
    if (!statement) return statement.error();
    for (;;) {
        auto found = statement->step();
        if (!found) return found.error();
        if (!*found) return std::nullopt;
        row(*statement);
    }
}

bool Reader::read_schema() {
    auto application = database_.integer("PRAGMA application_id");
    auto version = database_.integer("PRAGMA user_version");
    if (!application || !version) {
        problem("store.db cannot be read: " +
                (application ? version.error() : application.error()).message());
        return false;
    }
    if (*application != application_id) {
        problem("store.db is no database of pmxcfs-lite (application id " +
                number(static_cast<std::uint64_t>(*application)) + ")");
    }
    contents_.schema_version = static_cast<int>(*version);
    auto recorded = decode_record(record::schema, decode_schema_version, true);
    // A newer program may have changed everything but this one record.
    if (recorded && *recorded == *version && *version > newest_schema_version()) {
        contents_.newer_schema = true;
        return false;
    }
    if (recorded && *recorded != *version) {
        problem("the schema's version in the header is " + std::to_string(*version) +
                ", but version " + std::to_string(*recorded) + " was written");
        contents_.schema_version = *recorded;
    }
    if (contents_.schema_version < 1 || contents_.schema_version > newest_schema_version()) {
        contents_.schema_version = newest_schema_version();
    }
    auto same = schema_is(database_, contents_.schema_version);
    if (!same) problem("the schema cannot be read: " + same.error().message());
    if (same && !*same) problem("the schema is not the one that was written");
    return true;
}

void Reader::read_structure() {
    const std::string sql = "PRAGMA integrity_check(" + number(max_structure_problems) + ")";
    auto error = each(sql, [this](const Statement& row) {
        if (row.bytes(0) != "ok") problem("SQLite's check: " + std::string(row.bytes(0)));
    });
    if (error) problem("SQLite's check: " + error->message());
    contents_.log_may_lack_its_end = !contents_.problems.empty();
}

std::optional<std::string> Reader::read_record(std::string_view name) {
    auto statement =
        database_.prepare("SELECT checksum, value FROM record NOT INDEXED WHERE name = ?");
    if (!statement) return std::nullopt;
    statement->bind_text(1, name);
    auto row = statement->step();
    if (!row) {
        problem("record '" + std::string(name) + "' cannot be read: " + row.error().message());
        return std::nullopt;
    }
    if (!*row) return std::nullopt;
    std::string value(statement->bytes(1));
    if (statement->bytes(0) == as_bytes(record_checksum(name, value))) return value;
    problem("record '" + std::string(name) + "' has a wrong checksum");
    return std::nullopt;
}

template <typename Value>
std::optional<Value> Reader::decode_record(std::string_view name,
                                           Result<Value> (*decode)(std::string_view),
                                           bool required) {
    const std::size_t problems = contents_.problems.size();
    auto bytes = read_record(name);
    if (bytes) {
        auto value = decode(*bytes);
        if (value) return std::move(*value);
        problem("record '" + std::string(name) + "': " + value.error().message());
    } else if (required && problems == contents_.problems.size()) {
        problem("record '" + std::string(name) + "' is missing");
    }
    return std::nullopt;
}

void Reader::read_records() {
    contents_.identity = decode_record(record::identity, decode_identity, true);
    contents_.place = decode_record(record::place, decode_place, true);
    contents_.promise = decode_record(record::promise, decode_view, true);
    contents_.base = decode_record(record::base, replica::decode_base, true);
    contents_.floor = decode_record(record::floor, decode_floor, true);
    contents_.cluster_log = decode_record(record::cluster_log, tree::ClusterLog::decode, true);
    contents_.recovery = decode_record(record::recovery, decode_damage, false);
}

void Reader::read_log() {
    std::map<LogIndex, wire::Chain> chains;
    auto error =
        each("SELECT entry_index, chain, entry FROM log ORDER BY entry_index",
             [&](const Statement& row) {
                 const LogIndex index(row.unsigned_integer(0));
                 contents_.last_seen = index;
                 const std::string_view stored = row.bytes(1);
                 auto entry = wire::decode_entry(row.bytes(2));
                 wire::Chain chain{};
                 if (!entry || entry->index != index || stored.size() != chain.size()) {
                     problem("log entry " + number(index.value) + " is damaged");
                     return;
                 }
                 std::copy(stored.begin(), stored.end(), chain.begin());
                 chains.emplace(index, chain);
                 entry->chain = chain;
                 contents_.entry_bytes += row.bytes(2).size();
                 contents_.entries.emplace(index, std::make_shared<wire::Entry>(std::move(*entry)));
             });
    if (error) problem("the log cannot be read to its end: " + error->message());
    contents_.log_may_lack_its_end |= error.has_value();
    check_links(std::move(chains));
}

// Each entry follows the one before without a gap, from the floor over the base to the end.
void Reader::read_plain_log() {
    if (!contents_.floor || !contents_.base) return;
    Floor before = *contents_.floor;
    const replica::Base& base = *contents_.base;
    const bool from_the_very_beginning = before.index == LogIndex(0);
    bool plain = before.index <= base.index &&
                 (before.index != base.index || before.chain == base.chain) &&
                 (!from_the_very_beginning || before.chain == wire::Chain{});
    const auto error =
        each("SELECT entry_index, chain, entry FROM log ORDER BY entry_index",
             [&](const Statement& row) { plain = plain && continues_log(row, before); });
    if (error || !plain || before.index < base.index) problem("the log is not whole");
}

bool Reader::continues_log(const Statement& row, Floor& before) {
    const LogIndex index(row.unsigned_integer(0));
    const std::string_view stored = row.bytes(1);
    auto entry = wire::decode_entry(row.bytes(2));
    if (!entry || entry->index != index || index != next(before.index)) return false;
    entry->chain = wire::chain_after(before.chain, *entry);
    if (stored != as_bytes(entry->chain)) return false;
    before = {index, entry->chain};
    const replica::Base& base = *contents_.base;
    if (index == base.index && entry->chain != base.chain) return false;
    contents_.last_seen = index;
    contents_.entry_bytes += row.bytes(2).size();
    if (index > base.index) {
        contents_.entries.emplace(index, std::make_shared<wire::Entry>(std::move(*entry)));
    }
    return true;
}

void Reader::check_links(std::map<LogIndex, wire::Chain> chains) {
    // Both are chains of entries that need not be there any more.
    const auto anchor = [&](LogIndex index, const wire::Chain& chain, const char* what) {
        const auto [there, inserted] = chains.emplace(index, chain);
        if (!inserted && there->second != chain) {
            problem("the log does not agree with its " + std::string(what) + " at entry " +
                    number(index.value));
            there->second = chain;
            // The entry itself may be whole; its link is checked below.
            const auto entry = contents_.entries.find(index);
            if (entry != contents_.entries.end()) {
                wire::Entry corrected = *entry->second;
                corrected.chain = chain;
                entry->second = std::make_shared<const wire::Entry>(std::move(corrected));
            }
        }
    };
    anchor(LogIndex(0), wire::Chain{}, "very beginning");
    if (contents_.floor) anchor(contents_.floor->index, contents_.floor->chain, "beginning");
    if (contents_.base) anchor(contents_.base->index, contents_.base->chain, "base");

    for (auto entry = contents_.entries.begin(); entry != contents_.entries.end();) {
        const LogIndex index = entry->first;
        const auto before = chains.find(LogIndex(index.value - 1));
        const bool linked = before != chains.end() &&
                            wire::chain_after(before->second, *entry->second) == chains.at(index);
        if (!linked) problem("the log's chain is broken at entry " + number(index.value));
        entry = linked ? std::next(entry) : contents_.entries.erase(entry);
    }
    if (!contents_.base || !contents_.floor) return;
    if (contents_.floor->index > contents_.base->index) problem("the log begins after its base");
    // Up to the base there must be no gap; after it the first missing one is the log's end.
    for (LogIndex index = next(contents_.floor->index); index <= contents_.base->index;
         index = next(index)) {
        if (contents_.entries.contains(index)) continue;
        problem("log entry " + number(index.value) + " is missing");
        break;
    }
}

bool Reader::take_inode(const Statement& row) {
    tree::Node node;
    node.inode = Inode(row.unsigned_integer(0));
    node.parent = Inode(row.unsigned_integer(1));
    node.name = row.bytes(2);
    node.kind = row.integer(3) == static_cast<int>(tree::NodeKind::directory)
                    ? tree::NodeKind::directory
                    : tree::NodeKind::file;
    node.mtime = wall_from_ns(row.integer(4));
    node.version = LogIndex(row.unsigned_integer(5));
    node.writer = NodeId(static_cast<std::uint32_t>(row.integer(6)));
    if (node.kind == tree::NodeKind::file) {
        node.content = std::make_shared<const std::string>(row.bytes(8));
    }
    node.withheld = tree::withheld_of_bits(static_cast<std::uint16_t>(row.integer(9)));
    if (row.bytes(7) != as_bytes(inode_checksum(node))) {
        bad_inodes_.insert(node.inode);
        return false;
    }
    contents_.nodes.emplace(node.inode, std::move(node));
    return true;
}

std::string Reader::select_inodes() const {
    return std::string(
               "SELECT inode, parent, name, kind, mtime_ns, version, writer, checksum, content, ") +
           (contents_.schema_version >= 3 ? "withheld" : "0") + " FROM inode NOT INDEXED ";
}

void Reader::read_inodes() {
    const auto take = [this](const Statement& row) { (void)take_inode(row); };
    auto error = each(select_inodes() + "ORDER BY inode", take);
    if (error) {
        problem("the inodes cannot all be read: " + error->message());
        // What lies behind the unreadable place, from the other end.
        (void)each(select_inodes() + "ORDER BY inode DESC", take);
    }
    for (Inode inode : bad_inodes_)
        problem("inode " + number(inode.value) + " has a wrong checksum");

    read_inodes_by_index();
}

// The index holds parent, name and inode a second time, on pages of its own.
void Reader::read_inodes_by_index() {
    std::vector<Contents::LostInode> missing;
    (void)each(
        "SELECT inode, parent, name FROM inode INDEXED BY sqlite_autoindex_inode_1",
        [&](const Statement& row) {
            const Inode inode(row.unsigned_integer(0));
            if (contents_.nodes.contains(inode)) return;
            missing.push_back({inode, Inode(row.unsigned_integer(1)), std::string(row.bytes(2))});
        });
    auto row = database_.prepare(select_inodes() + "WHERE inode = ?");
    for (Contents::LostInode& lost : missing) {
        if (!row) return;
        row->bind(1, lost.inode.value);
        auto found = row->step();
        const bool taken = found && *found && take_inode(*row);
        row->reset();
        if (!taken) contents_.lost_inodes.push_back(std::move(lost));
    }
}

void Reader::read_history() {
    const std::string sql =
        std::string("SELECT ") +
        (contents_.schema_version >= 3 ? history_columns : history_columns_before_3) +
        " FROM history ORDER BY entry_index, ordinal";
    auto error = each(sql, [this](const Statement& row) {
        ports::HistoryChange history;
        if (!read_history_row(row, history)) {
            problem("a history record of entry " + number(history.index.value) +
                    " has a wrong checksum");
        } else if (contents_.floor && contents_.base &&
                   (history.index <= contents_.floor->index ||
                    history.index > contents_.base->index)) {
            problem("there is a history record of entry " + number(history.index.value) +
                    ", which has none");
        } else {
            if (keep_ == Keep::everything) contents_.history.push_back(std::move(history));
        }
    });
    if (error) problem("the history cannot be read to its end: " + error->message());
}

void Reader::read_rejected() {
    const std::string sql =
        std::string("SELECT ") + rejected_columns + " FROM rejected ORDER BY number";
    const auto error = each(sql, [this](const Statement& row) {
        auto change = read_rejected_row(row);
        if (change) {
            contents_.rejected.push_back(std::move(*change));
            return;
        }
        contents_.damaged_rejected.push_back(row.integer(0));
        contents_.warnings.emplace_back(
            "a change that lost out has a wrong checksum and is not listed any more");
    });
    if (error) problem("the changes that lost out cannot all be read: " + error->message());
}

void Reader::read_aside() {
    const auto error =
        each("SELECT inode, checksum, node FROM aside", [this](const Statement& row) {
            auto node = tree::decode_node(row.bytes(2));
            const Inode inode(row.unsigned_integer(0));
            if (node && node->inode == inode &&
                row.bytes(1) == as_bytes(aside_checksum(inode, row.bytes(2)))) {
                contents_.aside.push_back(std::move(*node));
            } else {
                contents_.warnings.emplace_back(
                    "a node of a snapshot on its way has a wrong checksum and is fetched again");
            }
        });
    if (error) problem("the nodes of a snapshot cannot all be read: " + error->message());
}

void Reader::check_tree() {
    if (!contents_.base || !contents_.cluster_log) return;
    std::vector<tree::Node> nodes;
    nodes.reserve(contents_.nodes.size());
    for (const auto& [inode, node] : contents_.nodes)
        nodes.push_back(node);
    auto tree = tree::Tree::from_nodes(std::move(nodes), *contents_.cluster_log);
    if (!tree) {
        problem("the inodes make no tree: " + tree.error().message());
    } else if (tree->digest() != contents_.base->tree_digest) {
        problem("the tree is not the one that was written at entry " +
                number(contents_.base->index.value));
    } else {
        contents_.tree_is_whole = true;
    }
}

}  // namespace

LogIndex Contents::last() const {
    if (!entries.empty()) return entries.rbegin()->first;
    return base ? base->index : LogIndex(0);
}

Contents read_contents(Database& database, Keep keep) {
    Contents contents;
    Reader(database, contents, keep).read();
    return contents;
}

}  // namespace pmx::sqlite
