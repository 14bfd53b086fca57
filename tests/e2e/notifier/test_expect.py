"""Silence is not success: what is expected and does not come is an event itself."""

import pytest
from support.clock import OwnClock
from support.waiting import wait_until

HOUR = 3600
EXPECTING = """expect: nightly
\ttype vzdump
\tmatch-field exact:job-id=nightly
\twithin 26h
\tcomment The backup of all guests.
"""

@pytest.fixture
def clock(notifier, build):
    return OwnClock(notifier, build)


def missed(notifier):
    return [row for row in notifier.history() if row["event"].startswith("expectation-missed-")]


def restart(notifier):
    """A start looks at once; a daemon that runs, every few seconds."""
    notifier.stop()
    notifier.start()


def backup(notifier, job):
    return notifier.send("--type", "vzdump", "--title", "backup", "--field", f"job-id={job}")


def test_what_does_not_come_is_told_once_a_period(notifier, clock):
    notifier.write("notifications.cfg", EXPECTING)
    notifier.start()
    backup(notifier, "nightly")
    clock.forward(25 * HOUR)
    backup(notifier, "another")
    restart(notifier)
    assert missed(notifier) == []
    clock.forward(2 * HOUR)
    wait_until("the miss", lambda: missed(notifier))
    (miss,) = missed(notifier)
    assert miss["severity"] == "error" and "nightly" in miss["title"]
    notifier.wait_for_state(miss["event"], "mail-to-root", "delivered")
    restart(notifier)
    clock.forward(HOUR)
    restart(notifier)
    assert len(missed(notifier)) == 1, "not again before another period has passed"
    clock.forward(26 * HOUR)
    wait_until("the next miss", lambda: len(missed(notifier)) == 2)


def test_what_came_counts_over_a_kill(notifier, clock):
    notifier.write("notifications.cfg", EXPECTING)
    notifier.start()
    clock.forward(20 * HOUR)
    backup(notifier, "nightly")
    notifier.kill()
    notifier.start()
    clock.forward(20 * HOUR)
    restart(notifier)
    assert missed(notifier) == []
    clock.forward(7 * HOUR)
    wait_until("the miss", lambda: missed(notifier))


def test_it_is_watched_from_when_it_is_configured(notifier, clock):
    notifier.start()
    clock.forward(100 * HOUR)
    notifier.write("notifications.cfg", EXPECTING)
    restart(notifier)
    assert missed(notifier) == []
    clock.forward(27 * HOUR)
    wait_until("the miss", lambda: missed(notifier))


def test_what_is_no_longer_expected_is_not_missed(notifier, clock):
    notifier.write("notifications.cfg", EXPECTING)
    notifier.start()
    notifier.write("notifications.cfg", EXPECTING.replace("within", "disable 1\n\twithin"))
    clock.forward(30 * HOUR)
    restart(notifier)
    assert missed(notifier) == []
