"""The notifier of one host of a cluster, on the host's mount of the store."""

import json
import shutil
import socket
import struct
import subprocess
import time

from support.cluster.process import Process
from support.waiting import TIMEOUT, wait_until

# Appends "node message-id recipient" to the record that all hosts share, unless told to fail or to
# wait. A line is what the mail system took.
_SENDMAIL = """#!/bin/sh
record={record}
subject=$(sed -n -e 's/^Message-ID: <\\(.*\\)>$/\\1/p' -e '/^\\r*$/q' | tr -d '\\r')
date +"%s.%N $subject" >>$record/begun
[ -f "$record/fail" ] && exit 75
if [ -f "$record/wait" ]; then
    echo $$ >"$record/waiting"
    while [ -f "$record/wait" ]; do sleep 0.02; done
fi
echo "$(hostname) $subject" >>"$record/taken"
if [ -f "$record/kill" ]; then
    rm "$record/kill"
    kill -9 $PPID
fi
"""


class HostNotifier:
    """`record` is a directory that all hosts share: what their mail systems took."""

    def __init__(self, host, record):
        self.host = host
        self.record = record
        self.directory = host.directory / "notifier"
        self.directory.mkdir()
        self.sendmail = self.directory / "sendmail"
        self.sendmail.write_text(_SENDMAIL.format(record=record), encoding="ascii")
        self.sendmail.chmod(0o755)
        self.process = Process(self.directory / "pid", self.directory / "log")

    def start(self, *options, kill=None, clock=False):
        """`kill`: an instant of kill_shim.cpp. `clock`: one of its own, for set_clock()."""
        settings = ["NOTIFY_SOCKET=" + str(self.directory / "ready")]
        if clock:
            self.set_clock(0)
            shim = self.host.bin.parent / "tests/libpmx_clock_shim.so"
            settings += [f"LD_PRELOAD={shim}", f"PMX_CLOCK={self.directory / 'clock'}"]
        if kill is not None:
            shim = self.host.bin.parent / "tests/libpmx_kill_shim.so"
            settings += [f"LD_PRELOAD={shim}", f"PMX_KILL={kill}"]
        command = ["env", *settings, self.host.bin / "pmx-notifyd", "--foreground"]
        command += ["--config-root", "/etc/pve", "--state", self.directory / "state"]
        command += ["--run", self.directory / "run", "--sendmail", self.sendmail, *options]
        (self.directory / "ready").unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
            ready.bind(str(self.directory / "ready"))
            ready.settimeout(0.1)
            self.process.start(self.host.enter(command), self.host.die_with_parent)
            deadline = time.monotonic() + TIMEOUT
            while not self._heard(ready):
                assert time.monotonic() < deadline, self.process.log()
        return self

    def set_clock(self, ahead):
        """Its clock is so many seconds ahead of the others'."""
        path = self.directory / "clock"
        # In place: the daemon has it mapped.
        with open(path, "r+b" if path.exists() else "wb") as clock:
            clock.write(struct.pack("=q", ahead))

    def look(self):
        """Its daemon looks at once at what the nodes share, and not within the next 5 s."""
        fresh = self.host.mount / "priv/notify" / f"look-{self.host.name}.new"
        fresh.parent.mkdir(mode=0o700, exist_ok=True)
        fresh.touch()
        fresh.rename(fresh.with_suffix(""))

    def _heard(self, ready):
        assert self.process.alive(), self.process.log()
        try:
            return b"READY=1" in ready.recv(4096)
        except TimeoutError:
            return False

    def forget(self):
        """Its disk is lost: what starts next is new."""
        assert not self.process.alive()
        shutil.rmtree(self.directory / "state", ignore_errors=True)

    def notify(self, *words, timeout=300):
        command = [self.host.bin / "pmx-notify", "--run", self.directory / "run", *words]
        return subprocess.run(
            self.host.enter([str(word) for word in command]),
            capture_output=True, text=True, timeout=timeout, check=False,
        )

    def send(self, event, *words):
        """True where it was accepted by the daemon."""
        done = self.notify("send", "--type", "x", "--title", event, "--event-id", event, *words)
        return done.returncode == 0 and "spooled" not in done.stdout

    def history(self, event):
        done = self.notify("--json", "history", "--event", event)
        return json.loads(done.stdout)["deliveries"] if done.returncode == 0 else []

    def wait_for_end(self, timeout=TIMEOUT):
        assert self.process.wait(timeout), self.process.log()


def taken(record):
    """(host, Message-ID) of each mail that a mail system took, in that order."""
    path = record / "taken"
    lines = path.read_text(encoding="ascii").split("\n") if path.exists() else []
    return [tuple(line.split()) for line in lines if line]


def senders_of(record, event):
    """The hosts whose mail systems took a mail of that event."""
    return [host for host, message in taken(record) if message.startswith(event + ".")]


def wait_taken(record, event, timeout=TIMEOUT):
    return wait_until(f"the mail of {event}", lambda: senders_of(record, event), timeout)


def wait_looking(what, predicate, notifiers, timeout=TIMEOUT):
    """As wait_until, with daemons that look at what the nodes share again and again."""
    next_look = time.monotonic()
    pause = 0.3

    def looked():
        nonlocal next_look, pause
        if time.monotonic() >= next_look:
            for notifier in notifiers:
                notifier.look()
            # A look follows the last of its reasons after 0.1 s: where the reasons take long to
            # arrive, those of one round must not put off the look of the round before without end.
            next_look = time.monotonic() + pause
            pause = min(pause * 1.5, 5)
        return predicate()

    return wait_until(what, looked, timeout)
