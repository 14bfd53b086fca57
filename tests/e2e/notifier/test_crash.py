"""Kill -9 at any instant: no accepted event is lost, none is delivered again once recorded."""

import collections
import os
import random
import shutil
import sqlite3
import subprocess
import threading
import time

from support.waiting import wait_until

# Counts each delivery; now and then slowly, so that kills fall into it.
COUNTING_SENDMAIL = """#!/bin/sh
id=$(sed -n 's/^Message-ID: <\\(.*\\)\\.target[0-9]*@.*/\\1/p;/^$/q')
case $id in *[05]) sleep 0.05 ;; esac
echo "$id" >>{count}
"""
TARGETS = 8


class Senders:
    """Threads that send events without a break and remember which were accepted."""

    def __init__(self, notifier, threads):
        self.notifier = notifier
        self.accepted = []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.send, args=(n,)) for n in range(threads)]
        for thread in self.threads:
            thread.start()

    def send(self, thread):
        number = 0
        while not self.stopping.is_set():
            number += 1
            event = f"e-{thread}-{number}"
            target = f"target{number % TARGETS}"
            done = self.notifier.notify(
                "send", "--type", "x", "--title", "t", "--event-id", event, "--target", target
            )
            if done.returncode == 0:
                assert done.stdout.split()[0] == event
                self.accepted.append(event)

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()


def recorded_as_delivered(notifier):
    """Read from a copy of the outbox as a killed daemon left it."""
    copy = notifier.directory / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    for path in notifier.state.glob("outbox.db*"):
        shutil.copy(path, copy)
    with sqlite3.connect(copy / "outbox.db") as database:
        rows = database.execute("SELECT event_id FROM deliveries WHERE state=1").fetchall()
    return {row[0] for row in rows}


def counted(path):
    return collections.Counter(path.read_text().split()) if path.exists() else {}


def test_no_event_is_lost_or_repeated(notifier):
    kills = int(os.environ.get("PMX_KILLS", "40"))
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}, {kills} kills")
    rng = random.Random(seed)
    count = notifier.directory / "count"
    notifier.sendmail = notifier.script("counting", COUNTING_SENDMAIL.format(count=count))
    sections = [f"sendmail: target{n}\n\tmailto a@example.com\n" for n in range(TARGETS)]
    notifier.write("notifications.cfg", "\n".join(sections))
    notifier.start()
    senders = Senders(notifier, threads=3)
    done_before = {}  # event -> how often it was delivered when it was seen recorded
    try:
        # On a slow machine it takes more kills until as many deliveries have been seen recorded.
        for number in range(20 * kills):
            if number >= kills and len(done_before) > kills:
                break
            time.sleep(rng.uniform(0, 0.25))  # the instant of the kill is what is random here
            notifier.kill()
            recorded = recorded_as_delivered(notifier)
            # A sendmail that outlived the daemon belongs to a delivery that is not recorded.
            now = counted(count)
            for event in recorded:
                done_before.setdefault(event, now.get(event, 0))
            notifier.start()
    finally:
        senders.stop()
    # What was accepted without a daemon is still to be taken from the spool.
    wait_until("an empty spool", lambda: list((notifier.state / "spool").iterdir()) == [])
    wait_until("an empty queue", lambda: notifier.ask("queue")["deliveries"] == [], timeout=600)
    notifier.stop()

    final = counted(count)
    lost = [event for event in senders.accepted if final[event] == 0]
    repeated = [event for event, before in done_before.items() if final[event] != before]
    print(f"{len(senders.accepted)} accepted, {len(done_before)} seen recorded, "
          f"{sum(final.values()) - len(final)} sent again because a kill fell into them")
    assert len(senders.accepted) > kills and len(done_before) > kills
    assert lost == [] and repeated == []
    assert min(done_before.values()) >= 1, "recorded, but never delivered"
    integrity = subprocess.run(
        ["/usr/bin/python3", "-c", "import sqlite3, sys; print(sqlite3.connect(sys.argv[1])"
         ".execute('PRAGMA integrity_check').fetchone()[0])", notifier.state / "outbox.db"],
        capture_output=True, text=True, check=True,
    )
    assert integrity.stdout == "ok\n"
