"""All hosts of a test cluster, and the network between them."""

import json
import shutil
import tempfile
from pathlib import Path

from support.cluster.corosync import configuration, new_key
from support.cluster.host import Host
from support.cluster.network import Switch
from support.waiting import TIMEOUT, wait_until


class Cluster:
    """Hosts are numbered from 1. Nothing of it is seen outside of its directory and its own
    processes, so several can be up at the same time."""

    def __init__(self, directory, build, die_with_parent=True):
        self.directory = Path(directory)
        self.build = Path(build).resolve()
        self.die_with_parent = die_with_parent
        self.switch = Switch(self.directory / "switch")
        self.hosts = {}
        self.key = b""
        self.config_version = 0

    @classmethod
    def create(cls, build, count, directory=None, quorum=(), die_with_parent=True):
        """`count` hosts with a corosync.conf that lists them all; nothing runs on them yet."""
        directory = directory or tempfile.mkdtemp(prefix="pmx-cluster-")
        cluster = cls(directory, build, die_with_parent)
        try:
            cluster.switch.create(die_with_parent)
            cluster.key = new_key()
            for _ in range(count):
                cluster.add_host()
            cluster.configure(list(cluster.hosts), quorum)
        except BaseException:
            cluster.destroy()
            raise
        return cluster

    @classmethod
    def open(cls, directory):
        """The cluster that another process has created there and left running."""
        saved = json.loads((Path(directory) / "cluster.json").read_text(encoding="utf-8"))
        cluster = cls(directory, saved["build"], die_with_parent=False)
        cluster.key = bytes.fromhex(saved["key"])
        cluster.config_version = saved["config_version"]
        for number in saved["hosts"]:
            cluster._know(number)
        return cluster

    def save(self):
        saved = {
            "build": str(self.build),
            "key": self.key.hex(),
            "config_version": self.config_version,
            "hosts": list(self.hosts),
        }
        (self.directory / "cluster.json").write_text(json.dumps(saved), encoding="utf-8")

    def _know(self, number):
        directory = self.directory / f"n{number}"
        self.hosts[number] = Host(directory, number, self.build, self.die_with_parent)
        return self.hosts[number]

    def add_host(self):
        """One more host, which no corosync.conf lists yet."""
        host = self._know(len(self.hosts) + 1)
        host.set_up(self.switch)
        for each in self.hosts.values():
            each.set_hosts(len(self.hosts))
        return host

    def configure(self, numbers, quorum=()):
        """Writes a corosync.conf that lists these hosts on all of them; it is not loaded."""
        self.config_version += 1
        text = configuration(numbers, self.config_version, quorum)
        for number in numbers:
            self.hosts[number].configure_corosync(text, self.key)

    def __getitem__(self, number):
        return self.hosts[number]

    def __iter__(self):
        return iter(self.hosts.values())

    def __len__(self):
        return len(self.hosts)

    def start_corosync(self):
        """On all hosts where it does not run; returns when all of them see each other."""
        for host in self:
            if not host.corosync.alive():
                host.start_corosync()
        wait_until("corosync's quorum", lambda: all(map(self._sees_all, self)))
        return self

    def _sees_all(self, host):
        done = host.execute("corosync-quorumtool", "-s", check=False)
        return f"Total votes:      {len(self)}\n" in done.stdout

    def start(self):
        """corosync and the daemon on all hosts."""
        self.start_corosync()
        for host in self:
            host.launch()
        return self

    def wait_together(self, *numbers, timeout=TIMEOUT):
        """Until these hosts' daemons (all, where none is named) are in one group, all at a time in
        step and writable, and show the directories that each of them makes for itself."""
        wanted = sorted(numbers or self.hosts)
        apart = wanted

        def are_together():
            nonlocal apart
            apart = [n for n in wanted if not self._is_together(self[n], wanted)]
            return not apart

        try:
            wait_until(f"{wanted} together", are_together, timeout)
        except AssertionError as error:
            seen = {number: self[number].status() for number in apart}
            raise AssertionError(f"{error}; {seen}") from None
        return self

    @staticmethod
    def _is_together(host, wanted):
        status = host.status()
        return (
            status
            and status["members"] == wanted
            and status["writable"]
            and status.get("in_step", True)
            and all((host.mount / f"nodes/n{number}/priv").is_dir() for number in wanted)
        )

    def leader(self):
        """The host whose daemon leads, once a view is open."""

        def leading():
            statuses = ((host, host.status()) for host in self)
            return next((host for host, status in statuses if status and status["leading"]), None)

        return wait_until("a leader", leading)

    def same_everywhere(self, *numbers):
        """The tree, which these hosts (all, where none is named) show alike once synced."""
        trees = []
        for number in sorted(numbers or self.hosts):
            self[number].sync()
            trees.append(self[number].tree())
        for tree in trees[1:]:
            different = {
                path
                for path in tree.keys() | trees[0].keys()
                if tree.get(path) != trees[0].get(path)
            }
            assert not different, f"not the same on all nodes: {sorted(different)[:20]}"
        return trees[0]

    def logs(self):
        """The ends of all logs, for a person who looks for what went wrong."""
        parts = []
        for host in self:
            corosync = host.directory / "log/corosync.log"
            for path in (host.daemon.log_path, host.corosync.log_path, corosync):
                if path.exists() and path.stat().st_size > 0:
                    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
                    parts.append(f"--- {host.name} {path.name}\n" + "\n".join(lines[-40:]))
        return "\n".join(parts)

    def destroy(self):
        """Kills all that runs on the hosts and deletes their directories."""
        for namespace in (*self, self.switch):
            namespace.destroy()
        shutil.rmtree(self.directory, ignore_errors=True)
