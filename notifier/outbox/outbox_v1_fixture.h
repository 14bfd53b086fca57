// An outbox as the first released schema left it: one event, delivered to one target, waiting for a
// second, filtered for a third. A dump; never edit it.
#pragma once

namespace pmx::notifier {

inline constexpr const char* outbox_v1 = R"sql(
PRAGMA foreign_keys=OFF;
CREATE TABLE deliveries(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL REFERENCES events(id) ON DELETE CASCADE,
    target TEXT NOT NULL,
    via TEXT,
    kind INTEGER NOT NULL,
    state INTEGER NOT NULL,
    reason TEXT NOT NULL,
    sender TEXT NOT NULL,
    author TEXT NOT NULL,
    recipients TEXT NOT NULL,          -- a JSON array of strings
    skipped TEXT NOT NULL,             -- a JSON array of [user, why]
    attempts INTEGER NOT NULL,
    next_attempt_s INTEGER NOT NULL,
    updated_s INTEGER NOT NULL
) STRICT;
INSERT INTO "deliveries" VALUES(1,'first','good','all',1,1,'','root@oldnode','Proxmox VE','["good@example.com"]','[]',1,1795393631,1795393631);
INSERT INTO "deliveries" VALUES(2,'first','down','all',1,0,'/usr/sbin/sendmail exited with status 75: connection refused','root@oldnode','Proxmox VE','["down@example.com"]','[["ghost@pve","unknown user"]]',1,1795393656,1795393631);
INSERT INTO "deliveries" VALUES(3,'first','filtered','all',0,4,'filter ''never'' does not pass: it has no matcher, mode or','','','[]','[]',0,1795393631,1795393631);
CREATE TABLE events(
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    uid INTEGER NOT NULL,
    caller TEXT NOT NULL,
    type TEXT NOT NULL,
    severity TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    html TEXT,
    fields TEXT NOT NULL,              -- a JSON object of strings
    timestamp_s INTEGER NOT NULL,
    node TEXT NOT NULL,
    accepted_s INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    note TEXT NOT NULL
) STRICT;
INSERT INTO "events" VALUES(1,'first',0,'root@pam','x','info','told all','the body',NULL,'{"hostname":"oldnode","k":"v"}',1795393631,'oldnode',1795393631,0,'events of this type are always sent');
CREATE TABLE good_sections(            -- secrets in private_text
    file TEXT NOT NULL,
    id TEXT NOT NULL,
    text TEXT NOT NULL,
    private_text TEXT NOT NULL,
    PRIMARY KEY(file, id)
) STRICT;
INSERT INTO "good_sections" VALUES('notifications.cfg','all','group: all
	endpoint good
	endpoint down
	endpoint filtered
','');
INSERT INTO "good_sections" VALUES('notifications.cfg','down','sendmail: down
	mailto down@example.com
	mailto-user ghost@pve
','');
INSERT INTO "good_sections" VALUES('notifications.cfg','filtered','sendmail: filtered
	mailto x@example.com
	filter never
','');
INSERT INTO "good_sections" VALUES('notifications.cfg','good','sendmail: good
	mailto good@example.com
','');
INSERT INTO "good_sections" VALUES('notifications.cfg','never','filter: never
	mode or
','');
CREATE TABLE reported_packages(
    hostname TEXT NOT NULL,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    seen_s INTEGER NOT NULL,
    PRIMARY KEY(hostname, name, version)
) STRICT;
CREATE TABLE target_health(
    target TEXT PRIMARY KEY,
    last_success_s INTEGER NOT NULL,
    last_failure_s INTEGER NOT NULL,
    last_error TEXT NOT NULL
) STRICT;
INSERT INTO "target_health" VALUES('good',1795393631,0,'');
INSERT INTO "target_health" VALUES('down',0,1795393631,'/usr/sbin/sendmail exited with status 75: connection refused');
CREATE INDEX events_by_age ON events(accepted_s);
CREATE INDEX deliveries_by_event ON deliveries(event_id);
CREATE INDEX deliveries_by_turn ON deliveries(state, target, next_attempt_s);
INSERT INTO "sqlite_sequence" VALUES('events',1);
INSERT INTO "sqlite_sequence" VALUES('deliveries',3);
PRAGMA user_version=1;
)sql";

}  // namespace pmx::notifier
