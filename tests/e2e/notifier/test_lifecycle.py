"""Start, end, and a state directory in trouble."""

import contextlib
import json
import os
import resource
import signal
import socket
import sqlite3
import subprocess

import pytest

from support.notifier import RECORDING_SENDMAIL, is_private
from support.waiting import TIMEOUT, wait_until

HANGING_SENDMAIL = """#!/bin/sh
echo $$ >{pids}
exec sleep 1000
"""


# How fast it ends is this machine's matter. It must not wait for what hangs, and that hangs for
# longer than stop() waits for the end.
def test_sigterm_ends_it_at_once(notifier):
    notifier.start()
    notifier.stop()
    assert not (notifier.run / "notify.sock").exists()


def test_sigterm_with_a_gotify_that_hangs(notifier, gotify):
    notifier.write("notifications.cfg", f"gotify: phone\n\tserver {gotify.url}\n")
    notifier.write("priv/notifications.cfg", "gotify: phone\n\ttoken T\n")
    gotify.behave = "slow"
    notifier.start()
    event = notifier.send("--type", "x", "--title", "t", "--target", "phone")
    wait_until("the request", lambda: gotify.requests)
    assert notifier.stop() < 9, "as long as the request, which ends after ten seconds"
    gotify.behave = "ok"
    notifier.start()
    notifier.wait_for_state(event, "phone", "delivered")
    assert notifier.deliveries_of(event)[0]["attempts"] == 1, "an interruption is no failure"


def test_sigterm_with_a_sendmail_that_hangs(notifier):
    pids = notifier.directory / "pids"
    good = notifier.sendmail
    notifier.sendmail = notifier.script("hanging", HANGING_SENDMAIL.format(pids=pids))
    notifier.start()
    event = notifier.send("--type", "x", "--title", "t")
    pid = int(wait_until("sendmail", lambda: pids.exists() and pids.read_text()))
    notifier.stop()
    wait_until("the end of the child that it would leave behind", lambda: not runs(pid))
    notifier.sendmail = good
    notifier.start()
    notifier.wait_for_state(event, "mail-to-root", "delivered")


def test_sigterm_with_callers_that_wait(notifier):
    (notifier.mails / "fail").write_text("75")
    notifier.start()
    waiting = subprocess.Popen(
        [notifier.client_program, "--run", notifier.run, "send", "--type", "x", "--title", "t"]
        + ["--wait=600"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    wait_until("the event", notifier.history)
    notifier.stop()
    assert waiting.wait(timeout=120) == 1


def runs(pid):
    """A zombie does not: it has ended, whoever is to notice."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_the_background(notifier):
    """Without --foreground the command returns once the daemon serves."""
    command = [notifier.daemon_program, "--config-root", notifier.config, "--state", notifier.state]
    command += ["--run", notifier.run, "--sendmail", notifier.sendmail]
    done = subprocess.run(command, timeout=120, check=False, capture_output=True)
    try:
        assert done.returncode == 0, done.stderr
        event = notifier.send("--type", "x", "--title", "t", "--wait=120")
        assert notifier.states_of(event) == {"mail-to-root": "delivered"}
        again = subprocess.run(command, timeout=120, check=False, capture_output=True, text=True)
        assert again.returncode == 1 and "in use by another pmx-notifyd" in again.stderr
    finally:
        for pid in daemons_of(notifier):
            os.kill(pid, signal.SIGTERM)
    wait_until("its end", lambda: not (notifier.run / "notify.sock").exists())


def daemons_of(notifier):
    """Those whose command line names our state directory."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if str(notifier.state).encode() in file.read().split(b"\0"):
                    found.append(int(pid))
        except OSError:
            pass
    return found


@pytest.mark.parametrize("words", [["--nonsense"], ["operand"], ["--sendmail"], ["--foregr"]])
def test_bad_usage_of_the_daemon(notifier, words):
    safe = ["--state", notifier.state, "--run", notifier.run]
    done = subprocess.run(
        [notifier.daemon_program, *safe, *words], capture_output=True, text=True, timeout=120,
        check=False,
    )
    assert done.returncode == 2 and "--help" in done.stderr


def test_help_and_version_of_the_daemon(notifier):
    for word in ["--help", "--version"]:
        done = subprocess.run(
            [notifier.daemon_program, word], capture_output=True, timeout=120, check=False
        )
        assert done.returncode == 0 and b"pmx-notifyd" in done.stdout


def test_what_it_keeps_is_private(notifier):
    notifier.start()
    notifier.send("--type", "x", "--title", "t", "--wait")
    for path in notifier.state.glob("outbox.db*"):
        assert is_private(path)


@pytest.mark.parametrize("damage", ["header", "middle", "truncated"])
def test_a_damaged_outbox_is_set_aside(notifier, damage):
    notifier.start()
    for _ in range(20):
        notifier.send("--type", "x", "--title", "t" * 900, "--wait")
    notifier.stop()
    database = notifier.state / "outbox.db"
    content = bytearray(database.read_bytes())
    if damage == "header":
        content[:100] = os.urandom(100)
    elif damage == "middle":
        content[4096:] = os.urandom(len(content) - 4096)
    else:
        del content[len(content) // 2 :]
    database.write_bytes(content)
    notifier.start()
    (aside,) = notifier.state.glob("outbox.db.damaged-*")
    assert aside.read_bytes() == content
    assert str(aside) in notifier.log.read_text()
    assert notifier.notify("send", "--type", "x", "--title", "t", "--wait").returncode == 0


@pytest.mark.needs_root
def test_a_full_disk_is_told_and_gets_over(notifier):
    notifier.state.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", notifier.state], check=False
    )
    if mounted.returncode != 0:
        pytest.skip("no tmpfs can be mounted")
    try:
        notifier.start()
        filler = notifier.state / "filler"
        with filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                pass
        done = notifier.notify("send", "--type", "x", "--title", "t", "--body", "b" * 20000)
        assert done.returncode == 1 and "full" in done.stderr and done.stdout == ""
        filler.unlink()
        assert notifier.notify("send", "--type", "x", "--title", "t", "--wait").returncode == 0
        assert notifier.process.poll() is None
        notifier.stop()
    finally:
        subprocess.run(["umount", "-l", notifier.state], check=True)


def test_a_mail_that_went_out_is_not_sent_again_for_a_full_disk(notifier):
    """The outcome is kept in memory until it can be recorded."""
    if os.geteuid() != 0:
        pytest.skip("mounts")
    notifier.state.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", notifier.state], check=True)
    try:
        filler = notifier.state / "filler"
        # Fills the disk before it says that the mail is sent.
        notifier.sendmail = notifier.script(
            "filling",
            f"#!/bin/sh\ncat >>{notifier.mails}/all\necho >>{notifier.mails}/count\n"
            f"cat /dev/zero >{filler} 2>/dev/null\nexit 0\n",
        )
        notifier.start()
        event = notifier.send("--type", "x", "--title", "t")
        wait_until("the message", lambda: "cannot be recorded" in notifier.log.read_text())
        filler.unlink()
        notifier.wait_for_state(event, "mail-to-root", "delivered")
        assert (notifier.mails / "count").read_text() == "\n"
        notifier.stop()
    finally:
        subprocess.run(["umount", "-l", notifier.state], check=True)


def refuse_writes():
    """In a child: its writes to files fail with EFBIG, on any disk. What it starts may go back to
    the hard limit. Python ignores the signal that comes with it already."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))


def run_to_its_end(notifier, **options):
    """A daemon that is not expected to serve."""
    return subprocess.run(
        [notifier.daemon_program, "--foreground", "--config-root", notifier.config]
        + ["--state", notifier.state, "--run", notifier.run]
        + ["--sendmail", notifier.sendmail, "--node-name", "testnode"],
        stderr=subprocess.PIPE,
        text=True,
        timeout=TIMEOUT,
        check=False,
        **options,
    )


def test_on_a_disk_that_takes_no_writes_nothing_is_sent(notifier):
    """However often systemd starts the daemon again."""
    pids = notifier.directory / "pids"
    notifier.sendmail = notifier.script("hanging", HANGING_SENDMAIL.format(pids=pids))
    notifier.start()
    event = notifier.send("--type", "x", "--title", "t")
    pid = int(wait_until("sendmail", lambda: pids.exists() and pids.read_text()))
    notifier.kill()
    os.kill(pid, signal.SIGKILL)
    recording = RECORDING_SENDMAIL.format(record=notifier.mails)
    notifier.sendmail = notifier.script(
        "unlimited", recording.replace("\n", "\nulimit -S -f unlimited\n", 1)
    )
    for _ in range(3):
        done = run_to_its_end(notifier, preexec_fn=refuse_writes, restore_signals=False)
        assert done.returncode == 1 and "outbox" in done.stderr, done.stderr
        assert notifier.mail_files() == []
    notifier.start()
    notifier.wait_for_state(event, "mail-to-root", "delivered")
    assert len(notifier.mail_files()) == 1


def test_a_mount_that_hangs_does_not_stop_the_watchdog(notifier):
    """An event of the cluster in the spool needs the mount; here, .members is read for ever."""
    notifier.config.joinpath(".members").write_text("{}")
    notifier.environment["WATCHDOG_USEC"] = "200000"
    notifier.start()
    members = notifier.config / ".members"
    members.unlink()
    os.mkfifo(members)
    address = notifier.directory / "systemd"
    address.unlink()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(address))
        systemd.settimeout(TIMEOUT)
        event = {"id": "shared", "type": "x", "title": "t", "timestamp": 1, "cluster": True}
        hidden = notifier.state / "spool" / ".shared"
        hidden.write_text(json.dumps({"op": "send", "event": event}))
        spooled = hidden.rename(hidden.with_name("shared.json"))
        for _ in range(30):
            assert systemd.recv(4096) == b"WATCHDOG=1"
    assert spooled.exists(), "it waits for the mount"
    # The forced end is one that was asked for.
    notifier.process.send_signal(signal.SIGTERM)
    assert notifier.process.wait(timeout=TIMEOUT) == 0
    notifier.process = None


def test_a_start_that_fails_and_hangs_in_its_end_has_failed(notifier):
    """systemd starts again what ends with a status other than 0, and somebody reads why."""
    pids = notifier.directory / "pids"
    notifier.sendmail = notifier.script("hanging", HANGING_SENDMAIL.format(pids=pids))
    notifier.start()
    notifier.send("--type", "x", "--title", "t")
    pid = int(wait_until("sendmail", lambda: pids.exists() and pids.read_text()))
    notifier.kill()
    os.kill(pid, signal.SIGKILL)
    # The worker asks whether this node still holds the event's claim, and .members never ends.
    with contextlib.closing(sqlite3.connect(notifier.state / "outbox.db")) as outbox:
        outbox.execute("UPDATE events SET cluster=2")
        outbox.commit()
    (notifier.config / "priv" / "lock").write_text("no directory, so nobody knows")
    os.mkfifo(notifier.config / ".members")
    path = notifier.run / "notify.sock"
    path.unlink()
    with contextlib.ExitStack() as sockets:
        # One that takes no callers: the start waits a while, and the worker has begun meanwhile.
        server = sockets.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        server.bind(str(path))
        server.listen(0)
        for _ in range(2):
            caller = sockets.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            caller.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                caller.connect(str(path))
        done = run_to_its_end(notifier)
    assert done.returncode == 1 and "already serves" in done.stderr, done.stderr


def test_mails_come_from_the_host_that_is_given(notifier):
    notifier.start("--mail-host", "mail.example.org")
    event = notifier.send("--type", "x", "--title", "t")
    notifier.wait_for_state(event, "mail-to-root", "delivered")
    (mail,) = notifier.mail_files()
    assert "root@mail.example.org" in mail.read_text()
    assert [row["node"] for row in notifier.deliveries_of(event)] == ["testnode"]
