// plan(configuration, event, caller, now) -> deliveries, each with its reason.
//
// Pure: what it needs is handed in, nothing is sent. `explain` prints a plan, the daemon carries
// it out.
//
// Where an event goes: to the target that its sender names; else to the one that jobs.cfg or
// datacenter.cfg name for it; else where the matchers say, one of which is built in and leads to
// mail-to-root. What no matcher takes is not sent, and the plan says so.
//
// Who may: towards a target that is named the caller needs Mapping.Use, or is refused. Where
// matchers lead nobody chose, so an event is not refused: a target that the caller may not use is
// left out with that reason, and what then reaches nobody goes to mail-to-root, which needs no
// privilege.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "notifier/model/event.h"
#include "schema/datacenter.h"
#include "schema/jobs.h"
#include "schema/notifications.h"
#include "schema/users.h"

namespace pmx::notifier {

using schema::Caller;

struct Configuration {
    schema::NotificationConfig notifications;  // in force, see schema/notifications.h
    schema::Users users;                       // empty when users.cfg cannot be read
    schema::Datacenter datacenter;
    schema::Jobs jobs;
    std::string hostname;  // for root@<hostname>
    std::string default_author = "Proxmox VE";
};

// What happened before, as far as it decides whether an event is sent.
struct Past {
    // Every package of this package-updates event was reported before.
    bool packages_were_reported = false;
};

struct Mail {
    std::string from;    // an address
    std::string author;  // the display name before it, neither quoted nor encoded yet
    // Each at most once; an address, or the local user `root` of mail-to-root.
    std::vector<std::string> recipients;
};

// What an SMTP target sends with. Server and credentials are looked up when sending, so that those
// of that moment count.
struct SmtpMail {
    std::string from;
    std::string author;
    std::vector<std::string> recipients;  // each an address, at most once
};

struct GotifyMessage {
    std::string server;                // base URL without a slash at its end
    std::string token;                 // secret
    std::optional<std::string> proxy;  // URL for the client; secret (it may hold a password)
};

// What a webhook needs is looked up and rendered when sending.
struct WebhookCall {};

struct SkippedUser {
    std::string user;
    std::string why;
    friend bool operator==(const SkippedUser&, const SkippedUser&) = default;
};

struct Delivery {
    // A target's name. "job:ID" is the mailto list of a backup job: no target can have that name.
    std::string target;
    std::optional<std::string> via;      // the group through which it is reached
    std::optional<std::string> matcher;  // the matcher through which it is reached
    bool deliver = false;
    // Not delivered although it should be (no recipient left, target does not exist): a failure to
    // be recorded, not a decision.
    bool failed = false;
    std::string reason;
    std::vector<SkippedUser> skipped;
    // What to send with; nothing where deliver is false.
    std::variant<std::monostate, Mail, SmtpMail, GotifyMessage, WebhookCall> means;
};

struct Refusal {
    std::string path;
    std::string privilege;  // "Mapping.Use", or what one of is needed: "Mapping.Audit, ..."
};

// What one matcher says of an event that has no target of its own.
struct MatcherVerdict {
    std::string matcher;
    bool takes = false;
    std::string reason;
};

struct Plan {
    // Whether the event is sent at all, by policy. When not, or when refused: no deliveries.
    bool send = false;
    std::string reason;
    std::optional<Refusal> refused;
    // Of the enabled ones that the caller may read, in their order; none where the target is named,
    // or where there are none but the one built in.
    std::vector<MatcherVerdict> matchers;
    std::vector<Delivery> deliveries;   // in the order configured; mail-to-root as fallback last
    std::vector<std::string> warnings;  // what in the configuration is not as it should be
};

// Made where the clock and the time zone may be asked.
struct When {
    std::int64_t now_s = 0;        // seconds since 1970, for what expires
    schema::LocalTime event_time;  // of the event's timestamp, for match-calendar
};

Plan plan(const Configuration& configuration, const Event& event, const Caller& caller,
          const When& when, const Past& past = {});

// A test of one target (of a group: of every member): neither policy nor filters, and a disabled
// target is tested too. Code::not_found when there is no such target; without the privilege, the
// plan is refused.
Result<Plan> plan_test(const Configuration& configuration, std::string_view target,
                       const Caller& caller, std::int64_t now_s);

}  // namespace pmx::notifier
