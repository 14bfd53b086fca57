"""Stopping a process, to be sure that it does nothing."""

import os
import signal

from support.waiting import wait_until


def pause(pid):
    """SIGSTOP. Returns when all of its threads have stopped: on a busy machine they go on for a
    while after the signal."""
    os.kill(pid, signal.SIGSTOP)
    wait_until(f"process {pid} to stop", lambda: all(map(_is_stopped, _threads(pid))))


def _threads(pid):
    return [f"/proc/{pid}/task/{name}/stat" for name in os.listdir(f"/proc/{pid}/task")]


def _is_stopped(path):
    try:
        with open(path, encoding="ascii", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()[0] == "T"
    except OSError:
        return True  # the thread has ended
