"""Quiet hours and rate limits: what is held comes in one digest, and nothing is dropped."""

import email
import email.policy
import time

import pytest
from support.clock import OwnClock
from support.waiting import wait_until

HOUR = 3600


@pytest.fixture
def clock(notifier, build):
    """The daemon's own, in UTC."""
    return OwnClock(notifier, build)


def at(seconds):
    return time.strftime("%H:%M", time.gmtime(seconds))


def quiet_for_an_hour(clock):
    """Quiet hours that began an hour ago."""
    now = clock.now()
    return f"quiet-hours {at(now - HOUR)}-{at(now + HOUR)}"


def configure(notifier, *lines):
    properties = "".join(f"\t{line}\n" for line in lines)
    notifier.write("notifications.cfg", f"sendmail: phone\n\tmailto a@example.com\n{properties}")


def send(notifier, title, severity="info"):
    return notifier.send(
        "--type", "x", "--title", title, "--body", f"body of {title}", "--severity", severity,
        "--target", "phone",
    )


def mails(notifier):
    parse = email.message_from_bytes
    return [
        parse(path.read_bytes(), policy=email.policy.default) for path in notifier.mail_files()
    ]


def digests(notifier):
    return [row for row in notifier.history() if row["type"] == "digest"]


def wait_tried(notifier):
    """Until the digest's first attempt is over: what is changed then does not meet it."""
    wait_until("an attempt", lambda: any(row["attempts"] for row in digests(notifier)))


def hold_three(notifier, clock):
    configure(notifier, quiet_for_an_hour(clock))
    notifier.start()
    events = [send(notifier, f"held {i}") for i in range(3)]
    for event in events:
        notifier.wait_for_state(event, "phone", "held")
    return events


def test_one_digest_after_quiet_hours(notifier, clock):
    configure(notifier, quiet_for_an_hour(clock))
    notifier.start()
    events = [send(notifier, f"quiet {i}", "warning" if i == 3 else "info") for i in range(5)]
    for event in events:
        notifier.wait_for_state(event, "phone", "held")
    loud = send(notifier, "loud", "error")
    notifier.wait_for_state(loud, "phone", "delivered")
    assert [mail["Subject"] for mail in mails(notifier)] == ["loud"], "errors go through"
    (row,) = notifier.ask("history", "--event", events[0])["deliveries"]
    assert row["reason"] == "quiet hours" and row["next-attempt"] > clock.now()
    assert len(notifier.ask("queue")["deliveries"]) == 5

    clock.forward(2 * HOUR)
    wait_until("the digest", lambda: len(mails(notifier)) == 2)
    text = mails(notifier)[1].get_body(("plain",)).get_content()
    for i in range(5):
        assert f"quiet {i}" in text
    for event in events:
        (row,) = notifier.ask("history", "--event", event)["deliveries"]
        assert row["state"] == "in-digest"
        assert row["reason"] == f"in digest {row['digest']}"
    (digest,) = notifier.ask("history", "--event", row["digest"])["deliveries"]
    assert digest["state"] == "delivered" and digest["severity"] == "warning"
    after = send(notifier, "after")
    notifier.wait_for_state(after, "phone", "delivered")


def test_errors_are_held_where_that_is_wanted(notifier, clock):
    configure(notifier, quiet_for_an_hour(clock), "quiet-hours-errors 1")
    notifier.start()
    event = send(notifier, "not even this", "error")
    notifier.wait_for_state(event, "phone", "held")
    assert mails(notifier) == []


def test_a_changed_configuration_counts_for_what_is_held(notifier, clock):
    configure(notifier, quiet_for_an_hour(clock))
    notifier.start()
    event = send(notifier, "held")
    notifier.wait_for_state(event, "phone", "held")
    configure(notifier)
    notifier.wait_for_state(event, "phone", "in-digest")
    wait_until("the digest", lambda: len(mails(notifier)) == 1)


def test_held_over_a_kill_and_told_once(notifier, clock):
    events = hold_three(notifier, clock)
    notifier.kill()
    (notifier.mails / "fail").write_text("75")
    clock.forward(2 * HOUR)
    notifier.start()
    for event in events:
        notifier.wait_for_state(event, "phone", "in-digest")
    wait_tried(notifier)
    notifier.kill()
    (notifier.mails / "fail").unlink()
    clock.forward(HOUR)
    notifier.start()
    wait_until("the digest", lambda: [d["state"] for d in digests(notifier)] == ["delivered"])
    assert len(mails(notifier)) == 1


def test_a_digest_that_failed_is_not_sent_in_later_quiet_hours(notifier, clock):
    events = hold_three(notifier, clock)
    (notifier.mails / "fail").write_text("75")
    clock.forward(2 * HOUR)

    wait_tried(notifier)
    configure(notifier, quiet_for_an_hour(clock))
    (notifier.mails / "fail").unlink()
    clock.forward(300)
    for event in events:
        notifier.wait_for_state(event, "phone", "held")
    assert mails(notifier) == [] and digests(notifier)[0]["state"] == "skipped"
    clock.forward(2 * HOUR)
    wait_until("the digest", lambda: mails(notifier))
    (mail,) = mails(notifier)
    assert all(f"body of held {i}" in mail.get_body(("plain",)).get_content() for i in range(3))


def test_no_more_than_so_many_an_hour(notifier, clock):
    configure(notifier, "max-per-hour 3")
    notifier.start()
    events = [send(notifier, f"event {i}", "error") for i in range(10)]
    for event in events[3:]:
        notifier.wait_for_state(event, "phone", "held")
    assert [mail["Subject"] for mail in mails(notifier)] == ["event 0", "event 1", "event 2"]
    assert "more than 3 in an hour" in notifier.deliveries_of(events[3])[0]["reason"]
    clock.forward(HOUR + 60)
    wait_until("the digest", lambda: len(mails(notifier)) == 4)
    text = mails(notifier)[3].get_body(("plain",)).get_content()
    assert all(f"event {i}" in text for i in range(3, 10))


def test_a_test_is_not_held(notifier, clock):
    configure(notifier, quiet_for_an_hour(clock))
    notifier.start()
    assert notifier.notify("test", "phone").returncode == 0
