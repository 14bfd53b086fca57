// Events that concern the cluster: one node delivers each of them, and another one goes on where it
// cannot. What is done about one is cluster_step.h's to say; this carries it out, with the outbox
// on one hand and the shared directory on the other.
//
//   cluster_events.cpp   the steps
//   cluster_files.cpp    what the shared directory says, and what is written there
//   cluster_sending.cpp  before and after each attempt
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "notifier/cluster/cluster_step.h"
#include "notifier/cluster/shared_directory.h"
#include "notifier/cluster/shared_event.h"
#include "notifier/outbox/outbox.h"

namespace pmx::notifier {

// What is settled is remembered this long, so that who sends the same event later is told.
constexpr std::int64_t settled_remembered_s = 7LL * 24 * 3600;
constexpr std::size_t max_settled = 1000;
// Events that are open at the same time; what is beyond is delivered by who accepted it.
constexpr std::size_t max_open = 200;

// Thread-safe.
class ClusterEvents {
  public:
    struct Planned {
        std::string note;
        std::vector<NewDelivery> deliveries;
    };
    struct Ports {
        // Of an event that was accepted already: what this node is to deliver.
        std::function<Planned(const SharedEvent&)> plan;
        std::function<void(const std::vector<std::string>& targets)> on_queued;
        std::function<void()> on_progress;  // what became of an event may be another thing now
        std::function<void()> on_work;      // look() has something to do
        // The outbox cannot be trusted any more: the process must end.
        std::function<void(const Error&)> on_broken;
    };
    ClusterEvents(SharedDirectory& shared, Outbox& outbox, const Clock& clock, std::string node,
                  Ports ports);

    // Whether an event of the cluster is to be offered to it; else it is a local one.
    bool has_cluster();
    // An event that the outbox has as offered; when this returns, the cluster has it too, unless it
    // has no quorum.
    void offer(const std::string& event_id);

    // Does what is to be done about every event; to be called when the shared directory changed,
    // and every few seconds.
    void look(const Members& members);

    // Right before an attempt: whether this node still holds the claim, of one of the cluster's. A
    // digest that tells of one that it does not hold any more is taken back.
    bool may_send(const StoredDelivery& delivery);
    // After it: so that no other node does it again.
    void recorded(const StoredDelivery& delivery);

    // Of all events that are, or were lately, in the shared directory.
    static void for_each_id(
        const std::vector<SharedFile>& files,
        const std::function<void(const std::string& id, std::int64_t changed_s)>& visit);

  private:
    struct Shown {
        bool offered = false;
        bool done = false;  // there is an ID.done; only `settled` if it says so
        std::int64_t changed_s = 0;
    };
    using Shelf = std::map<std::string, Shown>;
    bool still_holds(const StoredDelivery& delivery);  // with the lock held
    bool may_tell(const StoredDelivery& digest);
    static std::string offer_name(const std::string& id);
    static std::string done_name(const std::string& id);
    static bool has_room(const Shelf& shelf);
    static Shelf shelf_of(const std::vector<SharedFile>& files);

    [[nodiscard]] std::int64_t now_s() const;
    std::int64_t without_quorum_s(Quorum quorum);
    void do_step(const std::string& id, Step step);
    Result<void> carry_out(const std::string& id, Step step);
    bool offer_to_cluster(const std::string& id);
    Sight sight_of(const std::string& id, const Shown* shown, const Sight& common);
    Result<void> write_offer(const std::string& id);
    Result<void> claim(const std::string& id);
    Result<void> deliver(const std::string& id, ClusterState as, const std::string& remark,
                         const Reached& reached);
    Result<void> renew(const std::string& id);
    Result<void> settle(const std::string& id);
    Result<void> take_result(const std::string& id);
    Result<void> write_outcome(const std::string& id, bool settled);
    Result<SharedOutcome> outcome(const std::string& id);
    Result<SharedEvent> event_of(const std::string& id);
    void tidy(const Shelf& shelf);
    void check(const Error& error, const std::string& id);

    SharedDirectory& shared_;
    Outbox& outbox_;
    const Clock& clock_;
    const std::string node_;
    const Ports ports_;
    std::mutex mutex_;                     // each change of an event's cluster state is one step
    std::set<std::string> maybe_offered_;  // written with an answer that did not come
    std::int64_t tidied_s_ = 0;
    std::map<std::string, std::int64_t> asked_s_;    // when another's claim was last tried
    std::map<std::string, std::int64_t> renewed_s_;  // claims of ours
    std::map<std::string, std::string> told_;        // the last ID.done that was written
    std::optional<MonotonicTime> lost_quorum_;
    std::atomic<bool> is_patient_ = true;  // without quorum: not long enough yet
};

}  // namespace pmx::notifier
