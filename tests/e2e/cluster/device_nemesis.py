"""What goes wrong where quorum may be granted to half of the nodes: the halves are cut apart, the
device sees both, one or none of them, and meanwhile a node is taken in or taken out."""

import random

from nemesis import (
    CorosyncKilled,
    CorosyncStopped,
    CutOff,
    DaemonKilled,
    DaemonStopped,
    NotHeard,
    PowerLost,
    Trouble,
)
from support.cluster.quorum_device import NUMBER as DEVICE

ASK_S = 20  # how long a command may take that needs a majority, while there may be none


class HalvesCut(Trouble):
    """The nodes in halves, the spare host on either side; often long enough for one half to go on
    by itself."""

    of_a_host = False

    def begin(self):
        numbers = list(self.cluster.listed)
        self.choices.shuffle(numbers)
        half = len(numbers) // 2
        self.halves = [numbers[:half], numbers[half:]]
        for number in self.cluster.hosts:
            if number not in numbers:
                self.choices.choice(self.halves).append(number)
        seen = self.choices.choice(["both", "both", "both", "first", "second", "none"])
        self.blind = {
            "both": [],
            "first": self.halves[1],
            "second": self.halves[0],
            "none": [*self.halves[0], *self.halves[1]],
        }[seen]
        self.shortest_s = self.choices.choice([0, 3, 6, 6, 9])
        for number in self.blind:
            self.cluster.device.switch.cut(number)
        self.cluster.switch.partition(self.halves)

    def end(self):
        for number in self.blind:
            self.cluster.device.switch.heal(number)
        self.cluster.switch.partition([list(self.cluster.hosts)])

    def __str__(self):
        return f"HalvesCut {self.halves}, without the device {sorted(self.blind)}"


class DeviceUnseen(Trouble):
    """A host that the others see, and the device does not."""

    def begin(self):
        self.cluster.device.switch.cut(self.host.number)

    def end(self):
        self.cluster.device.switch.heal(self.host.number)


class DeviceCutOff(Trouble):
    """For all of them, with its connections left open."""

    of_a_host = False

    def begin(self):
        self.cluster.device.switch.cut(DEVICE)

    def end(self):
        self.cluster.device.switch.heal(DEVICE)


class DeviceKilled(Trouble):
    """It forgets whom it has given its vote."""

    of_a_host = False

    def begin(self):
        self.cluster.device.qnetd.kill9()

    def end(self):
        if not self.cluster.device.qnetd.alive():
            self.cluster.device.start()


class DeviceStopped(Trouble):
    of_a_host = False

    def begin(self):
        if not self.cluster.device.qnetd.alive():
            return False
        self.cluster.device.qnetd.pause()
        return True

    def end(self):
        if self.cluster.device.qnetd.alive():  # it may have been killed meanwhile
            self.cluster.device.qnetd.resume()


class TakesIn:
    """The steps by which the spare host becomes a node, and is none any more. Each is False where it
    cannot be done now, and may be done again."""

    def __init__(self, cluster, choices=None):
        self.cluster = cluster
        self.spare = cluster.spare
        self.choices = choices or random.Random(0)

    def add(self):
        address = f"10.77.0.{self.spare.number}"
        added = self._ask("add", self.spare.name, "--address", address)
        if added is None or added.returncode != 0:
            return False
        (self.spare.directory / "run/join").write_text(added.stdout, encoding="utf-8")
        return True

    def start(self):
        self.spare.pmxctl("cluster", "join", "/run/join", "--discard-my-files")
        self.spare.power_on()
        return True

    def remove(self, stopped_first):
        if stopped_first:
            self.spare.lose_power()
        removed = self._ask("remove", self.spare.name, "--force")
        if removed is None or (removed.returncode != 0 and "no node" not in removed.stderr):
            return False
        self.spare.lose_power()
        return True

    def _ask(self, *words):
        """On a node that could write a moment ago; None where there is none."""
        nodes = [self.cluster[number] for number in self.cluster.listed]
        self.choices.shuffle(nodes)
        able = next((node for node in nodes if (node.status() or {}).get("writable")), None)
        if able is None:
            return None
        command = ("timeout", ASK_S, able.bin / "pmxctl", "cluster", *words)
        return able.execute(*command, check=False)


class NodeTakenIn(Trouble):
    """The spare host becomes a node, and in the end is none any more. The troubles that come
    between meet the list while it changes."""

    of_a_host = False

    def begin(self):
        self.takes_in = TakesIn(self.cluster, self.choices)
        if not self.takes_in.add():
            return False
        if self.choices.random() < 0.5:
            self.cluster.spare.forget()  # else it is the member that it was before
        self.shortest_s = self.choices.choice([1, 3, 6])
        return self.takes_in.start()

    def end(self):
        return self.takes_in.remove(self.choices.random() < 0.5)


KINDS = [
    NodeTakenIn,
    HalvesCut,
    HalvesCut,
    HalvesCut,
    NodeTakenIn,
    NodeTakenIn,
    DeviceUnseen,
    DeviceCutOff,
    DeviceKilled,
    DeviceStopped,
    CutOff,
    NotHeard,
    DaemonKilled,
    CorosyncKilled,
    PowerLost,
    DaemonStopped,
    CorosyncStopped,
]
