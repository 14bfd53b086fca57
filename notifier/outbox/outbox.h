// The outbox: every event accepted, every delivery owed or done, on disk before anybody is told.
//
// One SQLite database (outbox.db, mode 0600) that only this process opens. Thread-safe; calls take
// turns. Every change is one transaction, synced before the call returns. Code::no_space: nothing
// was changed, try again when there is room. An error that is_broken() means that the database
// cannot be trusted any more: end the process, the next start looks after it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "notifier/model/event.h"
#include "notifier/outbox/database.h"

namespace pmx::notifier {

// The numbers of these three are in the database: never renumber.
enum class DeliveryState : std::uint8_t {
    queued = 0,     // owed
    delivered = 1,  // done, never done again
    failed = 2,     // trying again cannot help
    dead = 3,       // tried for 24 h
    skipped = 4,    // decided against, for the reason given (a filter, disabled)
    held = 5,       // owed, but not now: quiet hours, or more than the target takes in an hour
    gathered = 6,   // told by the digest that is named
};

std::string_view to_string(DeliveryState state);

enum class DeliveryKind : std::uint8_t { none = 0, mail = 1, gotify = 2, smtp = 3, webhook = 4 };

// Of an event that concerns the cluster: how far it is on this node.
enum class ClusterState : std::uint8_t {
    none = 0,     // a local event
    offered = 1,  // accepted here; who delivers it is open, or another node does
    held = 2,     // this node holds its claim and delivers it
    settled = 3,  // each delivery was done or given up, here or elsewhere
    alone = 4,    // there is no cluster, or no quorum: delivered as a local event
};

struct NewDelivery {
    std::string target;
    std::optional<std::string> via;
    DeliveryKind kind = DeliveryKind::none;
    DeliveryState state = DeliveryState::queued;
    std::string reason;  // why not, or not yet; once delivered, what the other side answered
    std::string node;    // the other node that did it; empty: this one
    std::string from;    // these three for mail
    std::string author;
    std::vector<std::string> recipients;
    std::vector<std::pair<std::string, std::string>> skipped_users;  // user and why
};

struct Acceptance {
    Event event;
    std::uint32_t uid = 0;  // of the local user who sent it
    std::string caller;     // on whose behalf
    std::string note;       // why it is sent, or not; for a refusal, what was refused
    bool refused = false;
    ClusterState cluster = ClusterState::none;  // offered: without deliveries, adopt() brings them
    std::vector<NewDelivery> deliveries;
    std::vector<std::pair<std::string, std::string>> reported_packages;  // name and version
};

struct StoredDelivery {
    std::int64_t id = 0;  // 0: an event that has no delivery
    NewDelivery plan;     // with the state and reason of now
    std::int64_t attempts = 0;
    std::int64_t next_attempt_s = 0;
    std::int64_t updated_s = 0;
    std::string digest;                // the id of the event that tells of it, where gathered
    std::vector<std::string> reached;  // who have it already; the plan's recipients are the others
    // Of its event:
    std::string event_id;
    std::string event_node;
    ClusterState cluster = ClusterState::none;
    std::string event_type;
    Severity severity = Severity::info;
    std::string title;
    std::string caller;
    std::uint32_t uid = 0;
    std::int64_t accepted_s = 0;
    bool refused = false;
    std::string note;
};

// Of mails that some recipients have and others do not: target -> who have it.
using Reached = std::map<std::string, std::vector<std::string>>;

struct TargetHealth {
    std::int64_t last_success_s = 0;  // 0: never
    std::int64_t last_failure_s = 0;
    std::string last_error;
    // Attempts that ended so, of all time; `retried` are those that are or were tried again.
    std::int64_t delivered = 0;
    std::int64_t retried = 0;
    std::int64_t given_up = 0;
};

// What there is now, of one target and state.
struct DeliveryCount {
    std::string target;
    DeliveryState state = DeliveryState::queued;
    std::int64_t count = 0;
    std::int64_t oldest_accepted_s = 0;
};

struct StoredWatch {
    std::int64_t watched_since_s = 0;
    std::optional<std::int64_t> seen_s;
    std::optional<std::int64_t> told_s;
    friend bool operator==(const StoredWatch&, const StoredWatch&) = default;
};

struct StoredSection {
    std::string text;
    std::string private_text;
    friend bool operator==(const StoredSection&, const StoredSection&) = default;
};

// A failed write or sync, or damage.
bool is_broken(const Error& error);

// History is kept for 30 days and 10000 events; what is queued is not history.
constexpr std::int64_t history_s = 30LL * 24 * 3600;
constexpr std::int64_t history_events = 10'000;
// Waiting at the same time, of one local user other than root.
constexpr std::int64_t max_waiting_events = 100;

class Outbox {
  public:
    struct Opened {
        std::unique_ptr<Outbox> outbox;
        std::optional<std::string> diagnosis;  // a database was set aside: where, and why
    };
    // Creates it where missing; sets a damaged one aside as outbox.db.damaged-<time>. Code::busy
    // when another process has it; io_error where nothing can be written. A full disk is no
    // obstacle.
    static Result<Opened> open(const std::string& directory, std::int64_t now_s);

    // Writes and syncs, and changes nothing: what is to be done once only is not begun where it
    // could not be recorded.
    Result<void> prove_writable();

    // True: it is on disk now. False: it was before, and nothing is changed. Code::already_exists:
    // somebody else's event has that id; Code::busy: max_waiting_events.
    Result<bool> accept(const Acceptance& acceptance, std::int64_t now_s);

    // Targets that something is owed to, and for which it may be sent from here.
    Result<std::vector<std::string>> owed_targets();
    // The first in the order of acceptance that is due, without the delivery `except`.
    Result<std::optional<StoredDelivery>> first_due(const std::string& target, std::int64_t now_s,
                                                    std::int64_t except = 0);
    // The first, whether or not it is due.
    Result<std::optional<StoredDelivery>> first_owed(const std::string& target,
                                                     std::int64_t except = 0);
    // When the next of the target will be due; nothing when none is queued.
    Result<std::optional<std::int64_t>> next_due_s(const std::string& target);
    Result<Event> event(const std::string& id);

    Result<void> record_delivered(const StoredDelivery& delivery, const std::string& answer,
                                  std::int64_t now_s);
    Result<void> record_retry(const StoredDelivery& delivery, const std::string& reason,
                              std::int64_t now_s, std::int64_t next_attempt_s);
    // `state`: failed or dead.
    Result<void> record_given_up(const StoredDelivery& delivery, const std::string& reason,
                                 DeliveryState state, std::int64_t now_s);
    // Failed before it was time to try again, so that it does not count.
    Result<void> record_early(const StoredDelivery& delivery, const std::string& reason,
                              std::int64_t now_s, std::int64_t next_attempt_s);
    // The target is down: what failed for those that were `tried`, and are recorded, failed for all
    // that wait for it. Gives up what has then failed for 24 h; those are returned.
    Result<std::vector<StoredDelivery>> record_target_down(const std::string& target,
                                                           const std::set<std::int64_t>& tried,
                                                           bool counts, const std::string& reason,
                                                           std::int64_t now_s,
                                                           std::int64_t next_attempt_s);

    // Deliveries that wait for a digest. `until_s` is a guess for people.
    Result<void> hold(const StoredDelivery& delivery, const std::string& why, std::int64_t until_s,
                      std::int64_t now_s);
    Result<std::vector<std::string>> held_targets();
    // What is held of the target stays so.
    Result<void> extend_hold(const std::string& target, const std::string& why,
                             std::int64_t until_s);
    // When the next is likely to be gathered; nothing when none is held.
    Result<std::optional<std::int64_t>> next_release_s();
    // In the order of acceptance, at most `limit`.
    Result<std::vector<StoredDelivery>> held(const std::string& target, std::size_t limit);
    // The digest is accepted and its deliveries are those it tells of, in one step; false, and
    // nothing is changed, where one of them is held no longer.
    Result<bool> gather(const Acceptance& digest, const std::vector<StoredDelivery>& told,
                        std::int64_t now_s);
    // What the digest tells of, and what it told of once and another node has done since.
    Result<std::vector<StoredDelivery>> told_by(const std::string& digest_id);
    // A queued digest is not sent after all: what it tells of is held again.
    Result<void> take_back(const StoredDelivery& digest, const std::string& why,
                           std::int64_t until_s, std::int64_t now_s);
    // Delivered by this node since then.
    Result<std::int64_t> delivered_since(const std::string& target, std::int64_t since_s);

    // Cluster events that are offered or held.
    Result<std::vector<std::pair<std::string, ClusterState>>> open_cluster_events();
    Result<std::optional<ClusterState>> cluster_state(const std::string& event_id);
    Result<void> set_cluster_state(const std::string& event_id, ClusterState state);
    // Offered becomes held or alone: with these deliveries, unless it has some from before. Whom
    // another node has `reached` is not written to again.
    Result<void> adopt(const std::string& event_id, ClusterState state, const std::string& note,
                       const std::vector<NewDelivery>& deliveries, const Reached& reached,
                       std::int64_t now_s);
    // What another node did: what was owed here to those targets, in a digest too, no longer is.
    Result<void> record_elsewhere(const std::string& event_id, const std::vector<NewDelivery>& done,
                                  std::int64_t now_s);
    // None of the event's deliveries is owed any more, nor the digest that tells of one.
    Result<bool> is_settled(const std::string& event_id);

    // Of a queued mail that the others have: what is left of it is to these only.
    Result<void> keep_recipients(const StoredDelivery& delivery,
                                 const std::vector<std::string>& remaining);

    Result<StoredDelivery> delivery(std::int64_t id);
    // failed and dead become queued, queued becomes due; Code::invalid_argument for the others,
    // Code::busy for this and the next where the event is offered: another node may deliver it.
    Result<void> retry(std::int64_t id, std::int64_t now_s);
    // Of a mail that is not delivered: whom it goes to now.
    Result<void> readdress(std::int64_t id, const std::string& from, const std::string& author,
                           const std::vector<std::string>& recipients);

    Result<std::vector<StoredDelivery>> of_event(const std::string& event_id);
    // Must not call the outbox.
    using Wanted = std::function<bool(const StoredDelivery&)>;
    static bool any(const StoredDelivery&) { return true; }
    // What waits or was given up, oldest first; at most `limit` of those wanted.
    Result<std::vector<StoredDelivery>> waiting(std::size_t limit, const Wanted& wanted = any);
    // Newest event first; the same.
    Result<std::vector<StoredDelivery>> history(const std::optional<std::string>& target,
                                                std::size_t limit, const Wanted& wanted = any);
    Result<std::map<std::string, TargetHealth>> health();
    // Of what is queued, held or given up.
    Result<std::vector<DeliveryCount>> counts();

    Result<std::map<std::string, StoredWatch>> watches();
    Result<void> keep_watches(const std::map<std::string, StoredWatch>& watches);

    // True when each was in an event of this host before.
    Result<bool> were_reported(const std::string& hostname,
                               const std::vector<std::pair<std::string, std::string>>& packages);

    Result<std::map<std::string, StoredSection>> good_sections(const std::string& file);
    Result<void> keep_good_sections(const std::string& file,
                                    const std::map<std::string, StoredSection>& sections);

    Result<void> remove_old(std::int64_t now_s);

  private:
    explicit Outbox(Database database) : database_(std::move(database)) {}
    static Result<Database> open_checked(const std::string& path);

    Result<void> insert_event(const Acceptance& acceptance, std::int64_t now_s);
    Result<void> insert_delivery(const std::string& event_id, const NewDelivery& delivery,
                                 std::int64_t now_s);
    Result<void> insert_packages(const Acceptance& acceptance, std::int64_t now_s);
    Result<bool> insert(const Acceptance& acceptance, std::int64_t now_s);
    Result<std::optional<bool>> is_repeated(const Acceptance& acceptance);
    Result<std::optional<StoredDelivery>> first_of(const std::string& target,
                                                   const std::string& condition,
                                                   std::int64_t except);
    Result<StoredDelivery> read_one(std::int64_t id);
    Result<std::vector<std::string>> targets_with(const std::string& condition);
    Result<void> check_waiting(std::uint32_t uid);
    Result<void> check_not_offered(std::int64_t delivery_id);
    Result<void> leave_out(const std::string& event_id, const std::string& target,
                           const std::vector<std::string>& reached, std::int64_t now_s);
    Result<void> record(const StoredDelivery& delivery, DeliveryState state,
                        const std::string& reason, std::int64_t now_s, std::int64_t next_attempt_s);
    Result<void> forget_body(const std::string& event_id);
    Result<void> forget_bodies(const std::string& event_id);
    Result<void> record_health(const std::string& target, DeliveryState state,
                               const std::string& error, std::int64_t now_s);
    Result<std::vector<StoredDelivery>> list(Statement& statement, std::size_t limit = SIZE_MAX,
                                             const Wanted& wanted = any);

    std::mutex mutex_;
    Database database_;
};

}  // namespace pmx::notifier
