"""What reports events: updates, backups, replications, fencings, units."""

import json
import os
import stat
import subprocess
import time

import pytest
from support.waiting import wait_until

SIMULATION = """NOTE: This is only a simulation!
Reading package lists...
The following packages will be upgraded:
Inst openssl [3.0.11-1] (3.0.14-1 Debian:12.6/stable [amd64])
Inst linux-image-6.1.0-26-amd64 (6.1.112-1 Debian-Security:12/stable-security [amd64]) []
Conf openssl (3.0.14-1 Debian:12.6/stable [amd64])
Remv old [1.0]
"""


@pytest.fixture
def on_path(notifier, monkeypatch):
    """Puts a script before the programs of the system."""
    path = notifier.directory / "path"
    path.mkdir()
    monkeypatch.setenv("PATH", f"{path}:{os.environ['PATH']}")

    def put(name, text):
        script = path / name
        script.write_text("#!/bin/sh\n" + text)
        script.chmod(0o755)

    return put


def mail_text(notifier):
    (mail,) = notifier.mail_files()
    return mail.read_text()


# Updates


def simulate(on_path, text):
    on_path("apt-get", f"test \"$LC_ALL\" = C || exit 9\ncat <<'END'\n{text}END\n")


def test_package_updates_are_told_once_with_both_versions(notifier, on_path):
    simulate(on_path, SIMULATION)
    notifier.start()
    event = notifier.notify("package-updates").stdout.split()[0]
    notifier.wait_for_state(event, "mail-to-root", "delivered")
    text = mail_text(notifier)
    assert all(word in text for word in ["openssl", "3.0.11-1", "3.0.14-1", "6.1.112-1"])
    assert "Remv" not in text
    again = notifier.notify("package-updates").stdout.split()[0]
    assert notifier.states_of(again) == {None: "not-sent"}
    simulate(on_path, SIMULATION.replace("3.0.14-1", "3.0.15-1"))
    newer = notifier.notify("package-updates").stdout.split()[0]
    notifier.wait_for_state(newer, "mail-to-root", "delivered")


def test_nothing_to_update_is_no_event(notifier, on_path):
    simulate(on_path, "Reading package lists...\n")
    notifier.start()
    assert notifier.notify("package-updates").returncode == 0
    assert notifier.history() == []


def test_apt_that_fails_is_an_error(notifier, on_path):
    on_path("apt-get", "echo 'E: broken' >&2; exit 100\n")
    notifier.start()
    done = notifier.notify("package-updates")
    assert done.returncode == 1 and "E: broken" in done.stderr
    assert notifier.history() == []


def test_many_packages(notifier, on_path):
    lines = [f"Inst package{i} [1.{i}] (2.{i} Debian:12/stable [amd64])" for i in range(3000)]
    simulate(on_path, "\n".join(lines) + "\n")
    notifier.start()
    event = notifier.notify("package-updates").stdout.split()[0]
    notifier.wait_for_state(event, "mail-to-root", "delivered")
    assert "package2999" in mail_text(notifier)


# Backups


def test_backup_report(notifier):
    log = notifier.directory / "backup.log"
    log.write_text("all of the log\n")
    notifier.write("jobs.cfg", "vzdump: nightly\n\tnotification-policy failure\n")
    notifier.start()
    words = ["backup-report", "--job", "nightly", "--log", log]
    good = ["--guest", "id=100,name=web,status=ok,time=65,size=1610612736,filename=/b/100.zst"]
    quiet = notifier.notify(*words, *good).stdout.split()[0]
    assert notifier.states_of(quiet) == {None: "not-sent"}, "the job's policy counts"
    told = notifier.notify(*words, *good, "--guest", "id=101,status=no space").stdout.split()[0]
    notifier.wait_for_state(told, "mail-to-root", "delivered")
    text = mail_text(notifier)
    assert "web" in text and "no space" in text and "all of the log" in text
    assert notifier.deliveries_of(told)[0]["severity"] == "error"
    data = {"guest-table": [{"vmid": 7, "status": "ok"}]}
    done = notifier.notify("backup-report", "--data", "-", text=json.dumps(data))
    assert done.returncode == 0


@pytest.mark.parametrize(
    "words",
    [
        ["backup-report"],
        ["backup-report", "--guest", "id=1"],
        ["backup-report", "--guest", "nonsense"],
        ["backup-report", "--guest", "id=1,status=ok", "--data", "-"],
        ["backup-report", "--guest", "id=1,status=ok", "--log", "/nonexistent"],
        ["backup-report", "--guest", "id=1,status=ok,size=big"],
        ["replication-failed"],
        ["replication-failed", "../x"],
        ["replication-failed", "100-0", "--error", "x", "--log", "/dev/null"],
        ["replication-ok"],
        ["fenced"],
        ["fenced", "a b"],
        ["unit-failed"],
        ["package-updates", "x"],
    ],
)
def test_bad_usage(notifier, words):
    notifier.start()
    done = notifier.notify(*words)
    assert done.returncode == 2 and done.stdout == "" and "pmx-notify" in done.stderr
    assert notifier.history() == []


# vzdump's hook: a program named vzdump calls it, in each phase, as vzdump does.

FAKE_VZDUMP = """#!/bin/bash
# usage: vzdump SCENARIO-FILE [--job-id ID]; reads "PHASE [MODE VMID] [NAME=VALUE...]" lines
while read -r phase rest; do
    operands=() variables=()
    for word in $rest; do
        case $word in *=*) variables+=("$word") ;; *) operands+=("$word") ;; esac
    done
    [[ $phase == kill ]] && kill -9 $$
    [[ $phase == wait ]] && { until [[ -e ${operands[0]} ]]; do sleep 0.05; done; continue; }
    env "${variables[@]}" HOOK "$phase" "${operands[@]}" || { echo "hook script failed"; exit 1; }
done <"$1"
"""


class Vzdump:
    def __init__(self, notifier):
        self.notifier = notifier
        hook = f"{notifier.client_program} --run {notifier.run} vzdump-hook"
        self.program = notifier.script("vzdump", FAKE_VZDUMP.replace("HOOK", hook))
        self.count = 0

    def start(self, lines, *words):
        self.count += 1
        scenario = self.notifier.directory / f"scenario{self.count}"
        scenario.write_text("\n".join(lines) + "\n")
        return subprocess.Popen(
            [self.program, scenario, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, lines, *words):
        process = self.start(lines, *words)
        out, err = process.communicate(timeout=600)
        return process.returncode, out + err

    def states(self):
        folder = self.notifier.state / "vzdump"
        return list(folder.iterdir()) if folder.exists() else []


@pytest.fixture
def vzdump(notifier):
    return Vzdump(notifier)


def guest(notifier, vmid, ends="backup-end", size=1000):
    """The phases of one guest, with an archive and a log."""
    archive = notifier.directory / f"vzdump-{vmid}.zst"
    archive.write_bytes(b"x" * size)
    log = notifier.directory / f"vzdump-{vmid}.log"
    log.write_text(f"INFO: Starting Backup of {vmid}\n")
    name = f"HOSTNAME=guest{vmid}"
    end = f"{ends} snapshot {vmid} {name}" + (f" TARGET={archive}" if ends == "backup-end" else "")
    return [
        f"backup-start snapshot {vmid} {name} VMTYPE=qemu STOREID=local",
        f"pre-stop snapshot {vmid} {name}",
        end,
        f"log-end snapshot {vmid} {name} LOGFILE={log}",
    ]


def test_a_job_of_vzdump_is_one_event(notifier, vzdump):
    notifier.start()
    lines = ["job-init STOREID=local", "job-start STOREID=local"]
    lines += guest(notifier, 100, size=5000) + guest(notifier, 101) + ["job-end"]
    assert vzdump.run(lines) == (0, "")
    (row,) = notifier.history()
    notifier.wait_for_state(row["event"], "mail-to-root", "delivered")
    assert (row["type"], row["severity"]) == ("vzdump", "info")
    text = mail_text(notifier)
    assert "guest100" in text and "guest101" in text and "vzdump-100.zst" in text
    assert "100: INFO: Starting Backup of 100" in text and "4.88 KiB" in text
    assert vzdump.states() == []


def test_a_guest_that_fails_makes_it_an_error(notifier, vzdump):
    notifier.start()
    lines = ["job-init", "job-start"] + guest(notifier, 100)
    lines += guest(notifier, 101, "backup-abort") + ["job-end"]
    assert vzdump.run(lines)[0] == 0
    (row,) = notifier.history()
    assert row["severity"] == "error"
    lines = ["job-init", "job-start", "backup-start snapshot 7", "job-abort"]
    assert vzdump.run(lines)[0] == 0
    row = notifier.history()[0]
    assert row["severity"] == "error"
    notifier.wait_for_state(row["event"], "mail-to-root", "delivered")
    text = notifier.mail_files()[-1].read_text()
    assert "not finished" in text and "aborted" in text


def test_the_job_of_jobs_cfg_counts(notifier, vzdump):
    notifier.write("jobs.cfg", "vzdump: nightly\n\tnotification-policy never\n")
    notifier.start()
    lines = ["job-init", "job-start"] + guest(notifier, 100) + ["job-end"]
    assert vzdump.run(lines, "--job-id", "nightly")[0] == 0
    assert notifier.history()[0]["state"] == "not-sent"


def test_two_jobs_at_once_are_two_events(notifier, vzdump):
    notifier.start()
    gate = notifier.directory / "gate"
    first = ["job-init", "job-start", "backup-start stop 1", f"wait {gate}"]
    first += guest(notifier, 1) + ["job-end"]
    slow = vzdump.start(first)
    wait_until("the first to begin", vzdump.states)
    second = ["job-init", "job-start"] + guest(notifier, 2) + ["job-end"]
    assert vzdump.run(second)[0] == 0
    gate.touch()
    assert slow.wait(timeout=600) == 0
    titles = [row["event"] for row in notifier.history()]
    assert len(titles) == len(set(titles)) == 2
    for event in titles:
        notifier.wait_for_state(event, "mail-to-root", "delivered")
    texts = [path.read_text() for path in notifier.mail_files()]
    assert sorted(("guest1" in text, "guest2" in text) for text in texts) == [
        (False, True),
        (True, False),
    ]


def test_a_job_that_is_killed_is_told_by_the_next(notifier, vzdump):
    notifier.start()
    lines = ["job-init", "job-start"] + guest(notifier, 1) + ["backup-start snapshot 2", "kill"]
    assert vzdump.run(lines)[0] == -9
    assert notifier.history() == []
    (state,) = vzdump.states()
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    assert stat.S_IMODE(state.parent.stat().st_mode) == 0o700
    assert notifier.notify("vzdump-hook", "--orphans").returncode == 0
    (row,) = notifier.history()
    assert row["severity"] == "error" and vzdump.states() == []
    notifier.wait_for_state(row["event"], "mail-to-root", "delivered")
    assert "killed" in mail_text(notifier)
    assert notifier.notify("vzdump-hook", "--orphans").returncode == 0
    assert len(notifier.history()) == 1


def test_the_hook_never_stops_a_backup(notifier, vzdump):
    lines = ["job-init", "job-start"] + guest(notifier, 1) + ["nonsense", "log-end", "job-end"]
    status, output = vzdump.run(lines)  # no daemon has ever run: there is not even a spool
    assert status == 0 and "pmx-notify" in output


def test_a_job_that_ends_while_the_daemon_is_down(notifier, vzdump):
    notifier.start()
    notifier.stop()
    assert vzdump.run(["job-init", "job-start"] + guest(notifier, 1) + ["job-end"])[0] == 0
    notifier.start()
    (row,) = notifier.history()
    notifier.wait_for_state(row["event"], "mail-to-root", "delivered")


# Replication


def test_failures_of_a_replication_are_told_ever_more_rarely(notifier):
    notifier.start()
    told = []
    for count in range(1, 50):
        done = notifier.notify("replication-failed", "100-0", "--error", "no route to host")
        if notifier.deliveries_of(done.stdout.split()[0])[0]["state"] != "not-sent":
            told.append(count)
    assert told == [1, 2, 3, 48]
    counter = notifier.config / "priv" / "notify" / "replication" / "100-0"
    assert counter.read_text() == "49\n" and stat.S_IMODE(counter.stat().st_mode) == 0o600
    # Another node goes on with the count that the store has.
    counter.write_text("95\n")
    event = notifier.notify("replication-failed", "100-0", "--job-target", "node2").stdout.split()[0]
    notifier.wait_for_state(event, "mail-to-root", "delivered")
    assert notifier.notify("replication-ok", "100-0").returncode == 0
    assert not counter.exists()
    assert notifier.notify("replication-ok", "100-0").returncode == 0
    event = notifier.notify("replication-failed", "100-0").stdout.split()[0]
    assert notifier.deliveries_of(event)[0]["state"] != "not-sent"
    assert counter.read_text() == "1\n"


def test_a_failure_that_cannot_be_counted_is_told(notifier):
    notifier.start()
    folder = notifier.config / "priv" / "notify"
    folder.write_text("not a directory")
    done = notifier.notify("replication-failed", "100-0")
    assert done.returncode == 0 and "cannot be counted" in done.stderr
    notifier.wait_for_state(done.stdout.split()[0], "mail-to-root", "delivered")
    (notifier.config / "priv").rename(notifier.config / "gone")
    assert notifier.notify("replication-failed", "100-0").returncode == 0
    assert not (notifier.config / "priv").exists(), "a mount that is not there stays empty"


# Fencing


def test_a_node_that_is_fenced(notifier):
    notifier.start()
    done = notifier.notify("fenced", "node3", "--status", "acknowledged by ipmi")
    event = done.stdout.split()[0]
    mark = notifier.config / "priv" / "notify" / "node3.fenced"
    assert event == f"fenced-node3-{int(mark.stat().st_mtime)}"
    notifier.wait_for_state(event, "mail-to-root", "delivered")
    text = mail_text(notifier)
    assert "node3" in text and "acknowledged by ipmi" in text
    assert notifier.notify("fenced", "node3").stdout == done.stdout, "said twice, told once"
    other = notifier.notify("fenced", "node3", "--incident", "4711").stdout.split()[0]
    assert other == "fenced-node3-4711"
    # No cluster lists the node: its fencing is over after ten minutes.
    os.utime(mark, (time.time() - 601,) * 2)
    wait_until("the end of the fencing", lambda: not mark.exists())
    again = notifier.notify("fenced", "node3").stdout.split()[0]
    assert {row["event"] for row in notifier.history()} == {event, other, again}


# Units of systemd

SYSTEMCTL = """cat <<END
Result=exit-code
ExecMainStatus=3
InvocationID=0123456789abcdef0123456789abcdef
Description=A job at night
END
"""


def test_a_unit_that_failed(notifier, on_path):
    on_path("systemctl", SYSTEMCTL)
    on_path("journalctl", "echo \"$@\" >$0.arguments; yes 'Nov 23 night.sh[7]: no such file' | head -50\n")
    notifier.start()
    done = notifier.notify("unit-failed", "night@a\\x2db.service")
    assert done.returncode == 0, done.stderr
    event = done.stdout.split()[0]
    assert event == "unit-0123456789abcdef0123456789abcdef"
    row = notifier.deliveries_of(event)[0]
    assert (row["type"], row["severity"]) == ("system-unit", "error")
    assert row["title"] == "Unit night@a\\x2db.service failed (exit-code)"
    notifier.wait_for_state(event, "mail-to-root", "delivered")
    text = mail_text(notifier)
    assert "A job at night" in text and "no such file" in text
    asked = (notifier.directory / "path" / "journalctl.arguments").read_text()
    assert "_SYSTEMD_INVOCATION_ID=0123456789abcdef0123456789abcdef" in asked
    assert notifier.notify("unit-failed", "night@a\\x2db.service").stdout == done.stdout
    assert len(notifier.history()) == 1


def test_a_unit_that_failed_without_a_systemd_to_ask(notifier, on_path):
    on_path("systemctl", "echo 'System has not been booted with systemd' >&2; exit 1\n")
    on_path("journalctl", "exit 1\n")
    notifier.start()
    assert notifier.notify("unit-failed", "night.service").returncode == 0
    assert notifier.history()[0]["title"] == "Unit night.service failed"


def test_what_reports_units_does_not_report_itself(notifier):
    notifier.start()
    assert notifier.notify("unit-failed", "pmx-notify@night.service").returncode == 0
    assert notifier.history() == []


def test_nothing_is_lost_while_the_daemon_is_down(notifier, on_path):
    simulate(on_path, SIMULATION)
    on_path("systemctl", SYSTEMCTL)
    on_path("journalctl", "exit 0\n")
    notifier.start()
    notifier.stop()
    commands = [
        ["package-updates"],
        ["backup-report", "--guest", "id=1,status=failed"],
        ["replication-failed", "1-0"],
        ["fenced", "node9"],
        ["unit-failed", "x.service"],
    ]
    for words in commands:
        done = notifier.notify(*words)
        assert done.returncode == 0 and "spooled" in done.stdout, done.stderr
    notifier.start()
    types = {"package-updates", "vzdump", "replication", "fencing", "system-unit"}
    rows = notifier.history()
    assert {row["type"] for row in rows} == types
    for row in rows:
        notifier.wait_for_state(row["event"], "mail-to-root", "delivered")
