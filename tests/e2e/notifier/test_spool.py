"""What is sent while no daemon runs."""

import json
import os
import pwd
import signal
import stat

import pytest
from support.pausing import pause

NOBODY = pwd.getpwnam("nobody").pw_uid


@pytest.fixture
def stopped(notifier):
    """Has run once, so that there is a spool."""
    notifier.start()
    notifier.stop()
    return notifier


def spool_of(notifier):
    return notifier.state / "spool"


def request(event_id, **members):
    event = {"id": event_id, "type": "x", "title": "t", "timestamp": 1}
    return json.dumps({"op": "send", "event": event, **members})


def test_send_spools_and_the_next_start_delivers(stopped):
    done = stopped.notify("send", "--type", "x", "--title", "while away", "--event-id", "away")
    assert (done.returncode, done.stdout.split()) == (0, ["away", "spooled"])
    assert stopped.ask("send", "--type", "x", "--title", "t")["spooled"] is True
    stopped.start()
    stopped.wait_for_state("away", "mail-to-root", "delivered")
    assert list(spool_of(stopped).iterdir()) == []
    assert len(stopped.history()) == 2


def test_bad_data_is_told_before_it_is_spooled(stopped):
    done = stopped.notify("send", "--type", "vzdump", "--data", "-", text='{"guest-table": 7}')
    assert done.returncode == 2 and "guest-table" in done.stderr
    assert list(spool_of(stopped).iterdir()) == []


def test_wait_says_that_it_is_not_delivered(stopped):
    done = stopped.notify("send", "--type", "x", "--title", "t", "--wait")
    assert done.returncode == 1 and "spooled" in done.stdout and done.stderr


def test_without_any_spool_it_is_an_error(notifier):
    done = notifier.notify("send", "--type", "x", "--title", "t")
    assert done.returncode == 1 and "pmx-notifyd" in done.stderr and done.stdout == ""


def test_the_same_event_twice_is_one(stopped):
    for _ in range(3):
        stopped.send("--type", "x", "--title", "t", "--event-id", "once")
    stopped.start()
    stopped.send("--type", "x", "--title", "t", "--event-id", "once")
    stopped.wait_for_state("once", "mail-to-root", "delivered")
    assert len(stopped.mail_files()) == 1


def test_the_directory(stopped):
    status = spool_of(stopped).stat()
    assert stat.S_IMODE(status.st_mode) == 0o1733 and status.st_uid == os.geteuid()


def test_a_daemon_that_runs_takes_it_too(notifier):
    notifier.start()
    hidden = spool_of(notifier) / ".late"
    hidden.write_text(request("late"))
    hidden.rename(spool_of(notifier) / "late.json")
    notifier.wait_for_state("late", "mail-to-root", "delivered")


def test_a_daemon_that_does_not_answer_finds_it_later(notifier):
    notifier.start()
    pause(notifier.process.pid)
    done = notifier.notify("send", "--type", "x", "--title", "t", "--event-id", "patient")
    notifier.process.send_signal(signal.SIGCONT)
    assert (done.returncode, done.stdout.split()) == (0, ["patient", "spooled"])
    notifier.wait_for_state("patient", "mail-to-root", "delivered")
    notifier.stop()
    assert len(notifier.mail_files()) == 1, "from socket and spool, but once"


@pytest.mark.needs_root
def test_the_owner_is_the_caller(stopped):
    words = ["send", "--type", "x", "--title", "t"]
    stopped.send(*words[1:], "--event-id", "by-nobody", user=NOBODY)
    done = stopped.notify(
        *words, "--event-id", "posing", "--as", "root@pam", "--target", "ops", user=NOBODY
    )
    assert done.returncode == 0, "judged when it is drained"
    stopped.send(*words[1:], "--event-id", "acting", "--as", "alice@pve")
    stopped.start()
    rows = {row["event"]: row for row in stopped.history()}
    assert rows["by-nobody"]["caller"] == "nobody@pam"
    assert rows["posing"]["state"] == "refused" and rows["posing"]["reason"]
    assert rows["acting"]["caller"] == "alice@pve"


@pytest.mark.needs_root
def test_a_refusal_is_in_the_history(stopped):
    stopped.write("notifications.cfg", "sendmail: ops\n\tmailto ops@example.com\n")
    words = ["send", "--type", "x", "--title", "t", "--target", "ops", "--event-id", "wish"]
    assert stopped.notify(*words, user=NOBODY).returncode == 0
    stopped.start()
    (row,) = stopped.history()
    assert row["state"] == "refused" and "/mapping/notification/ops" in row["reason"]
    assert stopped.mail_files() == []


@pytest.mark.needs_root
def test_what_is_no_plain_file_is_refused(stopped, tmp_path):
    secret = stopped.directory / "secret"
    secret.write_text(request("secret"))
    spool = spool_of(stopped)
    (spool / "1-symlink.json").symlink_to(secret)
    (spool / "2-hardlink.json").hardlink_to(secret)
    os.mkfifo(spool / "3-fifo.json")
    (spool / "4-directory.json").mkdir()
    (spool / "5-large.json").write_text(request("large", padding="x" * (1 << 20)))
    (spool / "6-garbage.json").write_bytes(os.urandom(1000))
    (spool / "7-good.json").write_text(request("good"))
    (spool / ".unfinished").write_text("{")
    stopped.start()
    stopped.wait_for_state("good", "mail-to-root", "delivered")
    rows = stopped.history()
    assert sorted(row["state"] for row in rows) == ["delivered"] + ["refused"] * 6
    assert [path.name for path in spool.iterdir()] == [".unfinished"]
    assert secret.exists() and "secret" not in [row["event"] for row in rows]


@pytest.mark.needs_root
def test_a_hundred_of_one_user(stopped):
    spool = spool_of(stopped)
    (stopped.mails / "fail").write_text("75")  # so that all wait
    for number in range(130):
        path = spool / f"{number:03}.json"
        path.write_text(request(f"n{number}"))
        os.chown(path, NOBODY, NOBODY)
    (spool / "999.json").write_text(request("roots"))
    stopped.start()
    rows = stopped.history()
    accepted = [row for row in rows if row["state"] != "refused"]
    assert len([row for row in accepted if row["caller"] == "nobody@pam"]) == 100
    assert "roots" in [row["event"] for row in accepted]
    assert [row["state"] for row in rows].count("refused") == 1
    assert list(spool.iterdir()) == []


@pytest.mark.needs_root
def test_root_is_told_when_the_spool_is_full(stopped):
    for number in range(100):
        (spool_of(stopped) / f"{number:03}.json").write_text(request(f"n{number}"))
    done = stopped.notify("send", "--type", "x", "--title", "t")
    assert done.returncode == 1 and "100" in done.stderr
