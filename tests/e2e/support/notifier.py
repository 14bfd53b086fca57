"""A pmx-notifyd with directories of its own, and the pmx-notify that talks to it."""

import json
import os
import pathlib
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time

from support.waiting import wait_until

# Keeps each mail in a file of its own, with its arguments; RECORD/fail, when it is there, holds the
# exit status to fail with.
RECORDING_SENDMAIL = """#!/bin/sh
record={record}
if [ -f "$record/fail" ]; then
    echo "sendmail: refused for the test" >&2
    exit "$(cat "$record/fail")"
fi
name=$(mktemp "$record/mail.XXXXXXXX")
cat >"$name"
printf '%s\\n' "$@" >"$name.arguments"
mv "$name" "$name.eml"
"""


class Notifier:
    def __init__(self, build, sendmail=None):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="pmx-notifier-"))
        self.directory.chmod(0o755)  # other users take part
        self.config = self.directory / "etc"
        self.state = self.directory / "state"
        self.run = self.directory / "run"
        self.mails = self.directory / "mails"
        self.log = self.directory / "log"
        (self.config / "priv").mkdir(parents=True)
        self.mails.mkdir()
        self.daemon_program = build / "bin" / "pmx-notifyd"
        # A copy that other users can reach, wherever the build lies.
        self.client_program = self.directory / "pmx-notify"
        shutil.copy(build / "bin" / "pmx-notify", self.client_program)
        self.sendmail = sendmail or self._recording_sendmail()
        self.process = None
        self.environment = {}  # of the daemon, besides the test's own

    def _recording_sendmail(self):
        return self.script("sendmail", RECORDING_SENDMAIL.format(record=self.mails))

    def script(self, name, text):
        path = self.directory / name
        path.write_text(text)
        path.chmod(0o755)
        return path

    def write(self, name, text):
        """A configuration file, replaced in one step as the store's mount does."""
        path = self.config / name
        fresh = path.with_name(path.name + ".new")
        fresh.write_text(text)
        fresh.rename(path)

    # The daemon

    def start(self, *options):
        """Returns once the daemon has told systemd that it is ready."""
        assert self.process is None
        ready_path = self.directory / "systemd"
        ready_path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready, self.log.open("a") as log:
            ready.bind(str(ready_path))
            ready.settimeout(0.05)
            self.process = subprocess.Popen(
                [self.daemon_program, "--foreground", "--config-root", self.config]
                + ["--state", self.state, "--run", self.run, "--sendmail", self.sendmail]
                + ["--node-name", "testnode", *options],
                stderr=log,
                env={**os.environ, **self.environment, "NOTIFY_SOCKET": str(ready_path)},
            )
            wait_until("READY", lambda: self._heard_ready(ready))
        return self

    def _heard_ready(self, ready):
        assert self.process.poll() is None, self.log.read_text()
        try:
            return b"READY=1" in ready.recv(4096)
        except TimeoutError:
            return False

    def stop(self):
        """How long SIGTERM took, in seconds."""
        begin = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=60)
        self.process = None
        assert status == 0, self.log.read_text()
        return time.monotonic() - begin

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def close(self):
        if self.process is not None:
            self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    # The client

    def notify(self, *words, user=None, text=None, json_output=False):
        command = [str(self.client_program), "--run", str(self.run)]
        command += ["--json"] if json_output else []
        if user is not None:
            command = ["setpriv", f"--reuid={user}", "--clear-groups", "--"] + command
        return subprocess.run(
            command + [str(word) for word in words],
            input=text,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    def ask(self, *words, **options):
        """The JSON answer of a command that must succeed."""
        done = self.notify(*words, json_output=True, **options)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def send(self, *words, **options):
        """The id of an event that must be accepted."""
        done = self.notify("send", *words, **options)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()[0]

    def send_data(self, event_type, data, *words):
        return self.send("--type", event_type, "--data", "-", *words, text=json.dumps(data))

    def history(self, *words):
        return self.ask("history", *words)["deliveries"]

    def deliveries_of(self, event_id):
        return [row for row in self.history() if row["event"] == event_id]

    def states_of(self, event_id):
        """Target -> state."""
        return {row["target"]: row["state"] for row in self.deliveries_of(event_id)}

    def wait_for_state(self, event_id, target, state):
        return wait_until(
            f"{target} {state}", lambda: self.states_of(event_id).get(target) == state
        )

    def mail_files(self):
        return sorted(self.mails.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)

    def arguments_of(self, mail_file):
        return mail_file.with_suffix(".arguments").read_text().splitlines()


def is_private(path):
    return stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
