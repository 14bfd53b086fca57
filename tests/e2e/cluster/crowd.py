"""Many programs at work on the hosts of a cluster, what they did, and what must follow from it."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

from history_client import content_of

KEYS = [f"key{i}.cfg" for i in range(5)]
MADE = "made"  # the directory of those files that are saved once, each with a name of its own


class Crowd:
    """The programs at work; their histories become one. `made`: the share of saves that make a new
    file, of which each can be looked for in the end."""

    def __init__(self, cluster, seed, clients=8, made=0.0):
        self.cluster = cluster
        self.directory = cluster.directory
        self.history = self.directory / "history"
        self.made = made
        self.events = []  # what was done to the hosts, with its time
        self._clients = []
        cluster[1].mount.joinpath(MADE).mkdir()
        with self.history.open("w", encoding="ascii") as history:
            for key in KEYS:
                cluster[1].save(key, content_of("0.0").decode())
                now = time.monotonic_ns()
                print(f"0 write {key} 0.0 {now} {now}", file=history)
        for number in range(1, clients + 1):
            cluster[1].mount.joinpath(MADE, str(number)).mkdir()
            self._clients.append(self._start(number, seed, cluster[number % len(cluster) + 1]))

    def _start(self, number, seed, host):
        program = pathlib.Path(__file__).with_name("history_client.py")
        arguments = [number, seed, host.mount, self._path(number), MADE, self.made, *KEYS, "--"]
        sync = host.enter([str(host.bin / "pmxctl"), "sync", "--timeout", "5"])
        return subprocess.Popen(
            [sys.executable, program, *map(str, arguments), *sync], stdin=subprocess.PIPE
        )

    def _path(self, number):
        return self.directory / f"history.{number}"

    def note(self, words):
        self.events.append(f"{time.monotonic_ns()} {words}")
        print(self.events[-1])

    def stop(self):
        for client in self._clients:
            client.stdin.close()
        for client in self._clients:
            assert client.wait(300) == 0, "a client ended with an error"
        with self.history.open("a", encoding="ascii") as history:
            history.writelines(f"{line}\n" for line in self._lines() if " make " not in line)

    def _lines(self):
        """All that is written down so far; the last line may be being written."""
        for number in range(1, len(self._clients) + 1):
            whole, _, _ = self._path(number).read_text(encoding="ascii").rpartition("\n")
            yield from whole.splitlines()

    def acknowledged(self, kind):
        """(path, value) of each that was called a success."""
        lines = (line.split() for line in self._lines())
        return [(line[2], line[3]) for line in lines if line[1] == kind and line[5] != "?"]

    def count(self):
        writes = len(self.acknowledged("write")) + len(self.acknowledged("make"))
        return {"write": writes, "read": len(self.acknowledged("read"))}

    def kill(self):
        for client in self._clients:
            client.kill()
            client.wait()

    def keep(self, seed):
        """For a person who looks for what went wrong, and when: the path of all that is known."""
        kept = pathlib.Path(os.environ.get("TMPDIR", "/tmp")) / f"pmx-nemesis-{seed}"
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir()
        (kept / "events").write_text("\n".join([*self.events, ""]), encoding="utf-8")
        for path in [*self.directory.glob("history*"), *self.cluster.log_paths()]:
            shutil.copy(path, kept / str(path.relative_to(self.directory)).replace("/", "-"))
        return kept


def judge(build, history):
    """What all saw must be what one copy of the files would have shown."""
    done = subprocess.run(
        [build / "tests" / "pmx-check-history", history],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"


def check_all_is_there(crowd, tree):
    """Each file that was made is in the tree, whole. Those that nobody was told of may be: whole, or
    empty where it was the write that failed, after the open."""
    for path, value in crowd.acknowledged("make"):
        assert tree.get(path) == content_of(value), f"{path} was acknowledged: {tree.get(path)!r:.99}"
    for path, content in tree.items():
        if path.startswith(f"{MADE}/") and content:
            assert content == content_of(pathlib.Path(path).name), f"{path} is torn"


def check_nothing_lost_out(crowd, host):
    """No change that was acknowledged is listed as one that lost; gives how many others are."""
    paths = dict(crowd.acknowledged("make"))
    values = {value for _, value in crowd.acknowledged("write")}
    conflicts = host.conflicts()
    for conflict in conflicts:
        changed = [change["path"] for change in conflict["changes"]]
        assert not paths.keys() & set(changed), f"acknowledged, and rejected: {conflict}"
        if set(changed) & set(KEYS):
            shown = host.pmxctl("conflicts", "show", conflict["id"]).stdout
            lost = set(re.findall(r"^\+(\d+\.\d+)$", shown, re.MULTILINE))
            assert not lost & values, f"acknowledged, and rejected: {conflict}\n{shown:.999}"
    return len(conflicts)
