"""Hosts as namespaces (network, mounts, host name), and a switch between them.

A namespace lives as long as a process holds it: `sleep`, whose pid is in a file, so that another
run of the program finds it again.
"""

import os
import subprocess
from pathlib import Path

from support.cluster.process import Process
from support.waiting import wait_until

SUBNET = "10.77.0"


def address(number, subnet=SUBNET):
    """The address of host `number`."""
    return f"{subnet}.{number}"


class Namespace:
    """A network and a mount namespace, and what is run in them."""

    def __init__(self, directory):
        self.directory = directory
        self.holder = Process(directory / "holder.pid", directory / "holder.log")

    def create(self, die_with_parent):
        self.directory.mkdir(parents=True, exist_ok=True)
        command = ["unshare", "--net", "--uts", "--mount", "--propagation", "private"]
        self.holder.start([*command, "sleep", "infinity"], die_with_parent=die_with_parent)
        own = os.readlink("/proc/self/ns/mnt")
        wait_until("a namespace", lambda: os.readlink(self._link("mnt")) != own)
        self.run("ip", "link", "set", "lo", "up")

    def _link(self, kind):
        return f"/proc/{self.holder.pid}/ns/{kind}"

    def enter(self, command):
        """The command that runs `command` in here, in the process that is started for it."""
        return ["nsenter", f"--target={self.holder.pid}", "--mount", "--net", "--uts", *command]

    def run(self, *command, **options):
        options = {"check": True, "stdin": subprocess.DEVNULL, **options}
        return subprocess.run(self.enter([str(word) for word in command]), **options)

    @property
    def root(self):
        """The root directory as it is in here, seen from outside: its mounts included."""
        return Path(f"/proc/{self.holder.pid}/root")

    def processes(self):
        """All that run in here, whoever started them."""
        inside = os.readlink(self._link("net"))
        found = []
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.readlink(f"/proc/{name}/ns/net") == inside:
                    found.append(int(name))
            except OSError:
                continue  # it ended meanwhile
        return found

    def destroy(self):
        """Kills all that runs in here; the mounts go with the last one."""
        if not self.holder.alive():
            return
        wait_until("all in a namespace to end", self._kill_all)
        self.holder.kill9()

    def _kill_all(self):
        """True once nobody is left: who was being started escapes the first round."""
        others = [pid for pid in self.processes() if pid != self.holder.pid]
        for pid in others:
            _kill_quietly(pid)
        return not others


def _kill_quietly(pid):
    try:
        os.kill(pid, 9)
    except ProcessLookupError:
        pass


class Switch(Namespace):
    """What the hosts' cables end in. Ports in different bridges do not reach each other."""

    def __init__(self, directory, subnet=SUBNET, interface="eth0"):
        super().__init__(directory)
        self.subnet = subnet
        self.interface = interface  # what its cables are on the hosts
        self._bridge_of = {}
        self._unplugged = set()

    def create(self, die_with_parent):
        super().create(die_with_parent)
        self._ip("link", "add", "bridge0", "type", "bridge")
        self._ip("link", "set", "bridge0", "up")

    def _ip(self, *words):
        self.run("ip", *words)

    def plug_in(self, number, host):
        """A cable to `host`, which is its `interface` there."""
        port = f"port{number}"
        self._ip(
            *("link", "add", port, "type", "veth", "peer", "name", self.interface),
            *("netns", str(host.holder.pid)),
        )
        self._plug(number)
        self._ip("link", "set", port, "up")
        own = f"{address(number, self.subnet)}/24"
        host.run("ip", "addr", "add", own, "dev", self.interface)
        host.run("ip", "link", "set", self.interface, "up")

    def _plug(self, number):
        self._ip("link", "set", f"port{number}", "master", self._bridge_of.get(number, "bridge0"))

    def cut(self, number):
        """Nothing passes to or from that host any more; its link stays up."""
        self._unplugged.add(number)
        self._ip("link", "set", f"port{number}", "nomaster")

    def heal(self, number):
        """Back to those whose group it is in."""
        self._unplugged.discard(number)
        self._plug(number)

    def partition(self, groups):
        """Hosts of one group reach each other and nobody else; who is cut off stays so."""
        for i, group in enumerate(groups):
            bridge = f"bridge{i}"
            if self.run("ip", "link", "show", bridge, check=False, capture_output=True).returncode:
                self._ip("link", "add", bridge, "type", "bridge")
                self._ip("link", "set", bridge, "up")
            for number in group:
                self._bridge_of[number] = bridge
                if number not in self._unplugged:
                    self._plug(number)
