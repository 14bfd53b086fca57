"""A long-running program: started, signalled, waited for. Its pid is in a file, so that who opens
the same directory later can go on with it."""

import ctypes
import os
import select
import signal
import subprocess
import time

from support import pausing

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def _die_with_the_thread_that_started_it():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _start_time(pid):
    """What tells a process from a later one of the same pid; None for none, and for a zombie."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            fields = stat.read().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


class Process:
    def __init__(self, pid_path, log_path):
        self.pid_path = pid_path
        self.log_path = log_path
        self._child = None

    def start(self, command, die_with_parent):
        """`die_with_parent`: SIGKILL when the calling thread ends; else it outlives the caller."""
        assert not self.alive(), f"{command[0]} is running already"
        with open(self.log_path, "ab") as log:
            self._child = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_the_thread_that_started_it if die_with_parent else None,
            )
        pid = self._child.pid
        self.pid_path.write_text(f"{pid} {_start_time(pid)}\n", encoding="ascii")

    @property
    def pid(self):
        """Of the running process; None when it does not run."""
        if self._child is not None:
            self._child.poll()  # so that a zombie goes
        try:
            pid, started = self.pid_path.read_text(encoding="ascii").split()
        except (OSError, ValueError):
            return None
        return int(pid) if _start_time(pid) == started else None

    def alive(self):
        return self.pid is not None

    def signal(self, number):
        pid = self.pid
        assert pid is not None, f"{self.pid_path.stem} does not run:\n{self.log()}"
        os.kill(pid, number)

    def pause(self):
        """SIGSTOP; returns when nothing of it runs any more."""
        pid = self.pid
        assert pid is not None, f"{self.pid_path.stem} does not run:\n{self.log()}"
        pausing.pause(pid)

    def resume(self):
        self.signal(signal.SIGCONT)

    def wait(self, timeout):
        """True once it has ended."""
        pid = self.pid
        if pid is None:
            return True
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            return True
        try:
            ended, _, _ = select.select([descriptor], [], [], timeout)
        finally:
            os.close(descriptor)
        if ended and self._child is not None:
            self._child.wait()
        return bool(ended)

    def kill9(self):
        """SIGKILL, and waits for the end."""
        deadline = time.monotonic() + 120
        while (pid := self.pid) is not None:
            assert time.monotonic() < deadline, f"process {pid} cannot be killed"
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                break
            self.wait(5)

    def stop(self, timeout=120):
        """SIGTERM, and waits for the end; gives the exit code where it is known."""
        if not self.alive():
            return None
        self.signal(signal.SIGTERM)
        assert self.wait(timeout), f"{self.pid_path.stem} goes on after SIGTERM:\n{self.log()}"
        return None if self._child is None else self._child.returncode

    def log(self):
        """What it said so far, over all its runs."""
        if not self.log_path.exists():
            return ""
        return self.log_path.read_text(encoding="utf-8", errors="replace")
