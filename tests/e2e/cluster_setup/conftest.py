"""Fixtures: hosts as they are after `apt install pmxcfs-lite corosync`, in no cluster yet."""

import pytest
from support.cluster import Cluster
from support.waiting import TIMEOUT, wait_until

# What Debian's package brings.
DEBIAN_CONF = """totem {
	version: 2
	cluster_name: debian
	crypto_cipher: none
	crypto_hash: none
}
quorum {
	provider: corosync_votequorum
}
nodelist {
	node {
		name: node1
		nodeid: 1
		ring0_addr: 127.0.0.1
	}
}
"""


class Installs:
    """Hosts 1 to `count`. Nothing on them starts services: the tests do it as they are told."""

    def __init__(self, build, count):
        self.cluster = Cluster.create(build, count)
        for host in self.cluster:
            corosync = self.corosync_directory(host)
            (corosync / "authkey").unlink()
            (corosync / "corosync.conf").write_text(DEBIAN_CONF, encoding="ascii")

    @staticmethod
    def corosync_directory(host):
        return host.etc / "corosync"

    def __getitem__(self, number):
        return self.cluster[number]

    @staticmethod
    def start_services(host):
        """corosync, then the daemon: what `cluster init` and `join` say that is to be done."""
        if host.corosync.alive():
            host.corosync.stop()
        host.start_corosync()
        quorumtool = lambda: host.execute("corosync-quorumtool", "-s", check=False).stdout
        wait_until("corosync to answer", quorumtool)
        if host.daemon.alive():
            host.stop()
        host.start()

    @staticmethod
    def wait_in_step(host):
        """Until it takes part, and shows what was saved before it did."""
        host.wait_status("in step", lambda status: status["writable"] and status["in_step"])
        host.sync()

    def init(self, name="lab", number=1):
        """Host `number` becomes a cluster."""
        host = self[number]
        host.start()
        host.pmxctl("cluster", "init", name, "--address", f"10.77.0.{number}")
        self.start_services(host)
        self.wait_in_step(host)

    def add(self, number, on=1):
        """The path of the join file for host `number`, on that host's /run."""
        done = self[on].pmxctl("cluster", "add", f"n{number}", "--address", f"10.77.0.{number}")
        path = self[number].directory / "run/join"
        path.write_text(done.stdout, encoding="utf-8")
        return "/run/join"

    def join(self, number, *options):
        host = self[number]
        host.pmxctl("cluster", "join", "/run/join", *options)
        self.start_services(host)
        self.wait_in_step(host)

    @staticmethod
    def votes(host):
        """(nodes seen, votes expected, quorate), as votequorum has them now."""
        text = host.execute("corosync-quorumtool", "-s", check=False).stdout
        fields = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
        return (
            int(fields.get("Nodes", 0)),
            int(fields.get("Expected votes", 0)),
            fields.get("Quorate", "").strip() == "Yes",
        )

    def wait_votes(self, number, expected, timeout=TIMEOUT):
        try:
            wait_until("votes", lambda: self.votes(self[number]) == expected, timeout)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.votes(self[number])}, not {expected}") from None


@pytest.fixture
def make_installs(build):
    made = []

    def make(count):
        made.append(Installs(build, count))
        return made[-1]

    make.made = made
    yield make
    for installs in made:
        installs.cluster.destroy()


@pytest.hookimpl(tryfirst=True, hookwrapper=True)
def pytest_runtest_makereport(item):
    """Shows the ends of all logs with a failure."""
    report = (yield).get_result()
    make = getattr(item, "funcargs", {}).get("make_installs")
    if report.when == "call" and report.failed and make:
        for installs in make.made:
            report.sections.append(("logs", installs.cluster.logs()))
