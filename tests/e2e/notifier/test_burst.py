"""Many events while every target is down: once they are back, each gets all of them in order.

PMX_BURST events (default 200); `scripts/check notifier-burst` takes 10,000 and prints figures.
"""

import json
import os
import socket
import struct
import subprocess
import time

from support.clock import OwnClock
from support.waiting import wait_until

EVENTS = int(os.environ.get("PMX_BURST", "200"))
TARGETS = ["one", "two", "three"]

# As small as a mail system can be: takes the mail, and writes down whose turn it was.
SENDMAIL = """#!/bin/sh
[ -f {directory}/down ] && exit 75
read -r to <<MAIL
$*
MAIL
id=$(sed -n '/^Message-ID: </{{s///;s/\\..*//p;q}}')
cat >/dev/null
echo "$id" >>{directory}/took-${{to##* }}
"""


def ask(path, request):
    """One request over the daemon's socket: a process for each would take longer than the daemon."""
    text = json.dumps(request).encode()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(str(path))
        connection.sendall(struct.pack("<I", len(text)) + text)
        (length,) = struct.unpack("<I", connection.recv(4, socket.MSG_WAITALL))
        return json.loads(connection.recv(length, socket.MSG_WAITALL))


def memory_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(next(line for line in status if line.startswith("VmRSS")).split()[1])


def raw_rate(notifier, count=300):
    """Mails a second that the mail system takes from a shell's loop, one after the other."""
    mail = notifier.directory / "raw.eml"
    mail.write_text("Message-ID: <raw.x@y>\n\n" + "body\n" * 20)
    loop = f"i=0; while [ $i -lt {count} ]; do {notifier.sendmail} -- raw <{mail}; i=$((i+1)); done"
    begun = time.monotonic()
    subprocess.run(["sh", "-c", loop], check=True)
    return count / (time.monotonic() - begun)


def took(notifier, target):
    path = notifier.directory / f"took-{target}@example.com"
    return path.read_text().split() if path.exists() else []


def test_a_burst_with_all_targets_down(notifier, build):
    clock = OwnClock(notifier, build)
    notifier.sendmail = notifier.script("small", SENDMAIL.format(directory=notifier.directory))
    sections = [f"sendmail: {name}\n\tmailto {name}@example.com\n" for name in TARGETS]
    members = "".join(f"\tendpoint {name}\n" for name in TARGETS)
    notifier.write("notifications.cfg", "\n".join([*sections, f"group: all\n{members}"]))
    raw = raw_rate(notifier)
    (notifier.directory / "down").touch()
    notifier.start()
    before = memory_kib(notifier.process.pid)

    expected = [f"e{number}" for number in range(EVENTS)]
    begun = time.monotonic()
    for event in expected:
        request = {"id": event, "type": "x", "title": event, "target": "all", "body": "b\n" * 20}
        answer = ask(notifier.run / "notify.sock", {"op": "send", "event": request})
        assert answer == {"id": event, "repeated": False}
    accepted = EVENTS / (time.monotonic() - begun)
    waiting = memory_kib(notifier.process.pid)

    (notifier.directory / "down").unlink()
    clock.forward(3600)
    begun = time.monotonic()
    # One more brings the next look at the targets forward; the clock does it, too.
    wait_until(
        "all of them", lambda: all(len(took(notifier, name)) >= EVENTS for name in TARGETS),
        timeout=600 + EVENTS,
    )
    rate = EVENTS * len(TARGETS) / (time.monotonic() - begun)
    after = memory_kib(notifier.process.pid)
    for name in TARGETS:
        assert took(notifier, name) == expected, f"{name}: lost, repeated or out of order"
    print(
        f"{EVENTS} events to {len(TARGETS)} targets: {accepted:.0f} accepted a second; "
        f"{rate:.0f} mails a second, {raw:.0f} from a loop around sendmail; "
        f"memory {before} KiB at first, {waiting} with all waiting, {after} at the end"
    )
    assert waiting < before + 20_000 and after < before + 20_000
