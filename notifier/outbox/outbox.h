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

enum class DeliveryState : std::uint8_t {
    queued,     // owed
    delivered,  // done, never done again
    failed,     // trying again cannot help
    dead,       // tried for 24 h
    skipped,    // decided against, for the reason given (a filter, disabled)
};

std::string_view to_string(DeliveryState state);

enum class DeliveryKind : std::uint8_t { none, mail, gotify };

struct NewDelivery {
    std::string target;
    std::optional<std::string> via;
    DeliveryKind kind = DeliveryKind::none;
    DeliveryState state = DeliveryState::queued;  // or failed, or skipped
    std::string reason;
    std::string from;  // these three for mail
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
    std::vector<NewDelivery> deliveries;
    std::vector<std::pair<std::string, std::string>> reported_packages;  // name and version
};

struct StoredDelivery {
    std::int64_t id = 0;  // 0: an event that has no delivery
    NewDelivery plan;     // with the state and reason of now
    std::int64_t attempts = 0;
    std::int64_t next_attempt_s = 0;
    std::int64_t updated_s = 0;
    // Of its event:
    std::string event_id;
    std::string event_type;
    Severity severity = Severity::info;
    std::string title;
    std::string caller;
    std::uint32_t uid = 0;
    std::int64_t accepted_s = 0;
    bool refused = false;
    std::string note;
};

struct TargetHealth {
    std::int64_t last_success_s = 0;  // 0: never
    std::int64_t last_failure_s = 0;
    std::string last_error;
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
    // when another process has it.
    static Result<Opened> open(const std::string& directory, std::int64_t now_s);

    // True: it is on disk now. False: it was before, and nothing is changed. Code::already_exists:
    // somebody else's event has that id; Code::busy: max_waiting_events.
    Result<bool> accept(const Acceptance& acceptance, std::int64_t now_s);

    // The longest waiting delivery that is due, of each target not in `busy`.
    Result<std::vector<StoredDelivery>> due(std::int64_t now_s, const std::set<std::string>& busy);
    // When the next one will be; nothing when none is queued.
    Result<std::optional<std::int64_t>> next_due_s(const std::set<std::string>& busy);
    Result<Event> event(const std::string& id);

    Result<void> record_delivered(const StoredDelivery& delivery, std::int64_t now_s);
    Result<void> record_retry(const StoredDelivery& delivery, const std::string& reason,
                              std::int64_t now_s, std::int64_t next_attempt_s);
    // `state`: failed or dead.
    Result<void> record_given_up(const StoredDelivery& delivery, const std::string& reason,
                                 DeliveryState state, std::int64_t now_s);

    Result<StoredDelivery> delivery(std::int64_t id);
    // failed and dead become queued, queued becomes due; Code::invalid_argument for the others.
    Result<void> retry(std::int64_t id, std::int64_t now_s);

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
    Result<std::optional<bool>> is_repeated(const Acceptance& acceptance);
    Result<void> check_waiting(std::uint32_t uid);
    Result<void> record(const StoredDelivery& delivery, DeliveryState state,
                        const std::string& reason, std::int64_t now_s, std::int64_t next_attempt_s);
    Result<void> forget_body(const std::string& event_id);
    Result<void> record_health(const StoredDelivery& delivery, const std::string& error,
                               std::int64_t now_s);
    Result<std::vector<StoredDelivery>> list(Statement& statement, std::size_t limit = SIZE_MAX,
                                             const Wanted& wanted = any);

    std::mutex mutex_;
    Database database_;
};

}  // namespace pmx::notifier
