"""A quorum device: corosync-qnetd on a host of its own, which gives its votes to one part of a
cluster that is cut apart. The hosts speak to it by corosync-qdevice, over a network of its own, so
that who sees it and who sees whom can be cut apart from each other."""

import shutil
import subprocess

from support.cluster.network import Namespace, Switch, address
from support.cluster.process import Process

SUBNET = "10.78.0"
NUMBER = 200  # its place in that network
_CLUSTER = "test"
_QNETD = "/etc/corosync/qnetd/nssdb"
_NODE = "/etc/corosync/qdevice/net/nssdb"

# Both times are what corosync-qdevice tells not to change, and so does not ship small: with 10 s and
# 30 s a cluster that is cut apart decides too seldom for a test.
_TIMEOUT_MS = 3000
_SYNC_TIMEOUT_MS = 6000


def configuration(algorithm):
    """Lines of corosync.conf's section `quorum`. The vote of ffsplit is one; those of lms are by
    default one less than there are nodes."""
    votes = ["  votes: 1"] if algorithm == "ffsplit" else []
    return [
        "device {",
        "  model: net",
        f"  timeout: {_TIMEOUT_MS}",
        f"  sync_timeout: {_SYNC_TIMEOUT_MS}",
        *votes,
        "  net {",
        f"    host: {address(NUMBER, SUBNET)}",
        f"    algorithm: {algorithm}",
        "    tls: required",
        "  }",
        "}",
    ]


class QuorumDevice(Namespace):
    def __init__(self, directory, die_with_parent=True):
        super().__init__(directory)
        self.die_with_parent = die_with_parent
        self.switch = Switch(directory / "switch", SUBNET, "eth1")
        self.qnetd = Process(directory / "qnetd.pid", directory / "qnetd.log")
        self.shared = directory / "certificates"  # what an administrator copies from host to host

    def set_up(self):
        self.create(self.die_with_parent)
        self.switch.create(self.die_with_parent)
        self.shared.mkdir()
        for path in ("/etc/corosync", "/run"):
            self.run("mount", "-t", "tmpfs", "tmpfs", path)
        self.run("mkdir", "-p", "/etc/corosync/qnetd", "/run/corosync-qnetd")
        self._certutil(self, "corosync-qnetd-certutil", "-i")
        self.run("cp", f"{_QNETD}/qnetd-cacert.crt", self.shared / "ca.crt")
        self.switch.plug_in(NUMBER, self)
        return self

    @staticmethod
    def _certutil(host, *words):
        done = host.run(*words, check=False, capture_output=True, encoding="utf-8", timeout=300)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"

    def enrol(self, host):
        """The host sees it, and has the cluster's certificate: the steps of
        corosync-qdevice-net-certutil(8)."""
        self.switch.plug_in(host.number, host)
        util = "corosync-qdevice-net-certutil"
        self._certutil(host, util, "-i", "-c", self.shared / "ca.crt")
        if not (self.shared / "node.p12").exists():
            self._certutil(host, util, "-r", "-n", _CLUSTER)
            request = f"{_NODE}/qdevice-net-node.crq"
            host.run("cp", request, self.shared)
            sign = ("-s", "-c", self.shared / "qdevice-net-node.crq", "-n", _CLUSTER)
            self._certutil(self, "corosync-qnetd-certutil", *sign)
            self.run("cp", f"{_QNETD}/cluster-{_CLUSTER}.crt", self.shared)
            self._certutil(host, util, "-M", "-c", self.shared / f"cluster-{_CLUSTER}.crt")
            host.run("cp", f"{_NODE}/qdevice-net-node.p12", self.shared / "node.p12")
        else:
            self._certutil(host, util, "-m", "-c", self.shared / "node.p12")

    def start(self):
        self.qnetd.start(self.enter(["corosync-qnetd", "-f"]), self.die_with_parent)
        return self

    def says(self):
        """What corosync-qnetd-tool lists: who is connected, and who has its vote."""
        done = self.run(
            "corosync-qnetd-tool", "-l", "-v", check=False, capture_output=True, encoding="utf-8"
        )
        return done.stdout

    def destroy(self):
        super().destroy()
        self.switch.destroy()
