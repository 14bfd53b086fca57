"""A store under test: the real daemon on a real mount, started, stopped and killed at will."""

import ctypes
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from support.waiting import TIMEOUT, wait_until

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def _die_with_the_test():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def is_mounted(path):
    """Whether something is mounted there, a mount whose daemon is dead included."""
    with open("/proc/self/mountinfo", encoding="utf-8") as mounts:
        return any(line.split()[4] == str(path) for line in mounts)


class StartError(Exception):
    """The daemon ended, or was not ready in time; the message has its log."""


class Store:
    """One node's daemon with directories of its own. Paths are under a short temporary directory,
    because a Unix socket's path has a limit."""

    def __init__(self, build, state=None, args=()):
        self.directory = Path(tempfile.mkdtemp(prefix="pmx-store-"))
        self.bin = Path(build) / "bin"
        self.mount = self.directory / "mount"
        self.run = self.directory / "run"
        self.state = Path(state) if state else self.directory / "state"
        self.log_path = self.directory / "log"
        self.args = [str(arg) for arg in args]
        self.process = None
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.directory.chmod(0o755)  # other users look through the mount too
        for directory in (self.mount, self.run, self.state):
            directory.mkdir(exist_ok=True)

    # The daemon -----------------------------------------------------------------------------

    def start(self, timeout=TIMEOUT):
        """Starts the daemon and returns when it has said READY=1: it serves the mount."""
        self.launch()
        try:
            self._wait_ready(time.monotonic() + timeout)
        except StartError:
            self.kill9()
            raise
        return self

    def start_writable(self):
        """Starts the daemon. On a slow disk it serves before its log has opened: waits for both."""
        self.start()
        wait_until("a writable store", lambda: self.pmxctl_json("status")["writable"])
        return self

    def launch(self):
        """Starts the daemon and waits for nothing."""
        assert self.process is None, "already running"
        notify_path = self.directory / "notify"
        notify_path.unlink(missing_ok=True)
        self._notify.close()
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify.bind(str(notify_path))
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [
                    self.bin / "pmxcfs-lite",
                    "--local",
                    "--foreground",
                    *("--mount", self.mount, "--state", self.state, "--run", self.run),
                    *self.args,
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "NOTIFY_SOCKET": str(notify_path)},
                preexec_fn=_die_with_the_test,
            )

    def _wait_ready(self, deadline):
        pidfd = os.pidfd_open(self.process.pid)
        try:
            while True:
                left = max(deadline - time.monotonic(), 0)
                readable, _, _ = select.select([self._notify, pidfd], [], [], left)
                if self._notify in readable:
                    if b"READY=1" in self._notify.recv(4096).split(b"\n"):
                        return
                elif pidfd in readable:
                    code = self.process.wait()
                    raise StartError(f"the daemon ended with {code}:\n{self.log()}")
                else:
                    raise StartError(f"the daemon was not ready in time:\n{self.log()}")
        finally:
            os.close(pidfd)

    def stop(self, timeout=TIMEOUT):
        """SIGTERM; returns the exit code. The mount is gone then."""
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill9()
            raise
        self.process = None
        return code

    def kill9(self):
        """SIGKILL. The dead mount stays, as after a crash: the next start has to deal with it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def log(self):
        """What the daemon said so far, over all its runs."""
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def clean_up(self):
        """Kills what runs, unmounts what is mounted, deletes all directories."""
        self.kill9()
        self._notify.close()
        while is_mounted(self.mount):
            subprocess.run(["umount", "-l", self.mount], check=True)
        shutil.rmtree(self.directory, ignore_errors=True)

    # Asking it ------------------------------------------------------------------------------

    def pmxctl(self, *args, check=True, timeout=300, **options):
        """Runs pmxctl against this store; gives the CompletedProcess, its output as text.
        `options` are subprocess.run's: input, user, ..."""
        done = subprocess.run(
            [self.bin / "pmxctl", "--run", self.run, *[str(arg) for arg in args]],
            capture_output=True,
            encoding="utf-8",
            timeout=timeout,
            check=False,
            **options,
        )
        if check:
            assert done.returncode == 0, f"pmxctl {args}: {done.returncode}\n{done.stderr}"
        return done

    def pmxctl_json(self, *args, **options):
        """What `pmxctl --json` prints, parsed."""
        return json.loads(self.pmxctl("--json", *args, **options).stdout)

    def fsck(self):
        """The offline check of the stopped store's database."""
        return self.pmxctl("fsck", "--state", self.state, check=False, timeout=300)
