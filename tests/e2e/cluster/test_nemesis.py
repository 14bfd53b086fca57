"""Eight programs save and read on three nodes while everything goes wrong. What they saw must be
what one copy of the files would have shown: tests/support/linearizability.h judges.

PMX_NEMESIS_SECONDS: how long (45). PMX_SEED: replays the troubles and the programs' choices; when
exactly they meet is the machine's.
"""

import os
import pathlib
import random
import subprocess
import sys
import time

import pytest
from history_client import content_of
from nemesis import Nemesis

SECONDS = int(os.environ.get("PMX_NEMESIS_SECONDS", "45"))
CLIENTS = 8
# With less, hardly anything was done: a slow machine goes on until it was.
WRITES_AT_LEAST, READS_AT_LEAST = 10 * SECONDS, SECONDS
ROUNDS_AT_MOST = 10
KEYS = [f"key{i}.cfg" for i in range(5)]


@pytest.fixture
def seed():
    value = int(os.environ.get("PMX_SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"PMX_SEED={value}")
    return value


@pytest.fixture
def cluster(make_cluster):
    made = make_cluster(3)
    for host in made:
        host.own_clock()
    return made.start().wait_together()


class Crowd:
    """The programs at work; their histories become one."""

    def __init__(self, cluster, seed):
        self.directory = cluster.directory
        self.history = self.directory / "history"
        self._clients = []
        with self.history.open("w", encoding="ascii") as history:
            for key in KEYS:
                cluster[1].save(key, content_of("0.0").decode())
                now = time.monotonic_ns()
                print(f"0 write {key} 0.0 {now} {now}", file=history)
        for number in range(1, CLIENTS + 1):
            self._clients.append(self._start(number, seed, cluster[number % len(cluster) + 1]))

    def _start(self, number, seed, host):
        program = pathlib.Path(__file__).with_name("history_client.py")
        arguments = [number, seed, host.mount, self._path(number), *KEYS, "--"]
        sync = host.enter([str(host.bin / "pmxctl"), "sync", "--timeout", "5"])
        return subprocess.Popen(
            [sys.executable, program, *map(str, arguments), *sync], stdin=subprocess.PIPE
        )

    def _path(self, number):
        return self.directory / f"history.{number}"

    def note(self, words):
        print(f"{time.monotonic_ns()} {words}")

    def stop(self):
        for client in self._clients:
            client.stdin.close()
        for client in self._clients:
            assert client.wait(300) == 0, "a client ended with an error"
        with self.history.open("a", encoding="ascii") as history:
            for number in range(1, CLIENTS + 1):
                history.write(self._path(number).read_text(encoding="ascii"))

    def has_done_enough(self):
        done = [acknowledged(self._path(number)) for number in range(1, CLIENTS + 1)]
        writes, reads = (sum(count[kind] for count in done) for kind in ("write", "read"))
        return writes > WRITES_AT_LEAST and reads > READS_AT_LEAST

    def kill(self):
        for client in self._clients:
            client.kill()
            client.wait()


def acknowledged(history):
    whole, _, _ = history.read_text(encoding="ascii").rpartition("\n")  # it may be written to now
    lines = [line.split() for line in whole.splitlines()]
    return {
        kind: len([line for line in lines if line[1] == kind and line[5] != "?"])
        for kind in ("write", "read")
    }


def keep(history, seed):
    """For a person who looks for what went wrong, and when."""
    kept = pathlib.Path(os.environ.get("TMPDIR", "/tmp")) / f"pmx-history-{seed}"
    kept.write_text(history.read_text(encoding="ascii"), encoding="ascii")
    return kept


def judge(build, history, seed):
    done = subprocess.run(
        [build / "tests" / "pmx-check-history", history],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}; the history: {keep(history, seed)}"


def test_a_history_of_troubles_is_linearizable(build, cluster, seed):
    crowd = Crowd(cluster, seed)
    nemesis = Nemesis(cluster, random.Random(seed), crowd.note)
    try:
        for _ in range(ROUNDS_AT_MOST):
            nemesis.run(SECONDS)
            if crowd.has_done_enough():
                break
        cluster.wait_together()
        crowd.stop()
    except BaseException:
        crowd.kill()
        raise
    count = acknowledged(crowd.history)
    print(count)
    judge(build, crowd.history, seed)
    tree = cluster.same_everywhere()
    assert set(KEYS) < tree.keys()
    assert count["write"] > WRITES_AT_LEAST and count["read"] > READS_AT_LEAST, "hardly anything"
    for host in cluster:
        host.stop()
        host.pmxctl("fsck", "--state", "/var/lib/pmxcfs-lite")
