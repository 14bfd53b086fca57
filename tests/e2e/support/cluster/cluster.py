"""All hosts of a test cluster, and the network between them."""

import json
import re
import shutil
import tempfile
from pathlib import Path

from support.cluster.corosync import configuration, new_key
from support.cluster.host import Host
from support.cluster.network import Switch
from support.cluster.quorum_device import QuorumDevice
from support.cluster.quorum_device import configuration as device_lines
from support.waiting import TIMEOUT, wait_until


def _version_of(text):
    return int(re.search(r"config_version: (\d+)", text).group(1))


class Cluster:
    """Hosts are numbered from 1. Nothing of it is seen outside of its directory and its own
    processes, so several can be up at the same time."""

    def __init__(self, directory, build, die_with_parent=True):
        self.directory = Path(directory)
        self.build = Path(build).resolve()
        self.die_with_parent = die_with_parent
        self.switch = Switch(self.directory / "switch")
        self.device = None
        self.algorithm = None  # the quorum device's
        self.hosts = {}
        self.spare = None  # a host that is in no list unless a test takes it in
        self.key = b""
        self.config_version = 0

    @classmethod
    def create(
        cls, build, count, directory=None, quorum=(), die_with_parent=True, algorithm=None
    ):
        """`count` hosts with a corosync.conf that lists them all; nothing runs on them yet.
        `algorithm`: there is a quorum device, and this is how it decides."""
        directory = directory or tempfile.mkdtemp(prefix="pmx-cluster-")
        cluster = cls(directory, build, die_with_parent)
        try:
            cluster.switch.create(die_with_parent)
            cluster.key = new_key()
            if algorithm is not None:
                cluster._add_device(algorithm)
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

    def _add_device(self, algorithm):
        self.algorithm = algorithm
        self.device = QuorumDevice(self.directory / "device", self.die_with_parent)
        self.device.set_up()

    def add_host(self):
        """One more host, which no corosync.conf lists yet."""
        host = self._know(len(self.hosts) + 1)
        host.set_up(self.switch)
        if self.device is not None:
            host.enrol(self.device)
        for each in self.hosts.values():
            each.set_hosts(len(self.hosts))
        return host

    def add_spare(self):
        """Once the others are started."""
        self.spare = self.add_host()
        return self

    @property
    def listed(self):
        """The numbers of all but the spare."""
        return [number for number in self.hosts if self.hosts[number] is not self.spare]

    def configure(self, numbers, quorum=()):
        """Writes a corosync.conf that lists these hosts on all of them; it is not loaded."""
        self.config_version += 1
        lines = [*quorum, *(device_lines(self.algorithm) if self.device else [])]
        text = configuration(numbers, self.config_version, lines)
        for number in numbers:
            self.hosts[number].configure_corosync(text, self.key)

    def bring_up_to_date(self, host):
        """What an administrator does for a node that was off while the list changed: corosync ends
        where it meets others with a higher config_version at its start. Copies the newest file."""
        paths = [self.hosts[number].etc / "corosync/corosync.conf" for number in self.listed]
        newest = max((path.read_text(encoding="ascii") for path in paths), key=_version_of)
        own = host.etc / "corosync/corosync.conf"
        if _version_of(own.read_text(encoding="ascii")) < _version_of(newest):
            own.write_text(newest, encoding="ascii")

    def __getitem__(self, number):
        return self.hosts[number]

    def __iter__(self):
        return iter(self.hosts.values())

    def __len__(self):
        return len(self.hosts)

    def start_corosync(self):
        """On all hosts where it does not run; returns when all of them see each other, and have
        the quorum device's votes where there is one."""
        if self.device is not None and not self.device.qnetd.alive():
            self.device.start()
        for host in self:
            if not host.corosync.alive():
                host.start_corosync()
        wait_until("corosync's quorum", lambda: all(map(self._sees_all, self)))
        return self

    def _sees_all(self, host):
        host.keep_qdevice()
        votes = len(self) + self.device_votes(len(self))
        return host.votes().get("Total votes") == str(votes)

    def device_votes(self, count):
        """Those of the quorum device of so many nodes: ffsplit has one, lms one less than they."""
        if self.device is None:
            return 0
        return 1 if self.algorithm == "ffsplit" else count - 1

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
        for path in self.log_paths():
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            parts.append(f"--- {path.relative_to(self.directory)}\n" + "\n".join(lines[-40:]))
        return "\n".join(parts)

    def log_paths(self):
        """Of all that was said, on the hosts and by the quorum device."""
        paths = [] if self.device is None else [self.device.qnetd.log_path]
        for host in self:
            processes = (host.daemon, host.corosync, host.qdevice)
            paths += [process.log_path for process in processes]
            paths.append(host.directory / "log/corosync.log")
        return [path for path in paths if path.exists() and path.stat().st_size > 0]

    def destroy(self):
        """Kills all that runs on the hosts and deletes their directories."""
        for namespace in (*self, self.switch, *filter(None, [self.device])):
            namespace.destroy()
        shutil.rmtree(self.directory, ignore_errors=True)
