"""What goes wrong, one thing after the other or two at once, from one seed."""

import random
import signal
import time

from support.waiting import wait_until


class Trouble:
    """Something that is done to a host, or to what hosts share, and what ends it."""

    of_a_host = True  # else there is one at a time of its kind

    def __init__(self, host, cluster, choices):
        self.host = host
        self.cluster = cluster
        self.choices = choices
        self.shortest_s = 0.0  # it is not ended earlier

    def begin(self):
        """False where it cannot be done now."""
        raise NotImplementedError

    def end(self):
        """False where it goes on for now."""
        raise NotImplementedError

    def __str__(self):
        return " ".join([type(self).__name__, *([self.host.name] if self.of_a_host else [])])


class CutOff(Trouble):
    def begin(self):
        self.cluster.switch.cut(self.host.number)

    def end(self):
        self.cluster.switch.heal(self.host.number)


class NotHeard(Trouble):
    """What it sends to some of the others is lost; what they send arrives."""

    def begin(self):
        others = [host.number for host in self.cluster if host is not self.host]
        self.deaf = self.choices.sample(others, self.choices.randint(1, len(others)))
        for number in self.deaf:
            self.host.lose_what_goes_to(number)

    def end(self):
        for number in self.deaf:
            self.host.send_again_to(number)


class DaemonKilled(Trouble):
    def begin(self):
        self.host.kill9()

    def end(self):
        self.host.launch()


class DaemonRestarted(DaemonKilled):
    def begin(self):
        self.host.stop()


class CorosyncKilled(Trouble):
    def begin(self):
        self.host.corosync.kill9()

    def end(self):
        self.host.start_corosync()


class PowerLost(Trouble):
    def begin(self):
        self.host.lose_power()

    def end(self):
        self.host.power_on()


class DaemonStopped(Trouble):
    def begin(self):
        self.host.pause()

    def end(self):
        self.host.resume()


class CorosyncStopped(Trouble):
    def begin(self):
        self.host.corosync.signal(signal.SIGSTOP)

    def end(self):
        self.host.corosync.signal(signal.SIGCONT)


class ClockWrong(Trouble):
    def begin(self):
        self.host.set_clock(self.choices.choice([-86400, -3600, -1, 1, 3600, 86400]))

    def end(self):
        self.host.set_clock(0)


KINDS = [
    CutOff,
    NotHeard,
    DaemonKilled,
    DaemonRestarted,
    CorosyncKilled,
    PowerLost,
    DaemonStopped,
    CorosyncStopped,
    ClockWrong,
]


PAUSES_S = [0.05, 0.3, 1.0, 2.5]


class Nemesis:
    """`hosts`: those that something is done to; all, where none are named. It begins with the
    `first` of the kinds, as they stand."""

    def __init__(self, cluster, choices, note, kinds=KINDS, hosts=None, first=0):
        self.cluster = cluster
        self.choices = choices
        self.note = note  # called with what happens, in words
        self.kinds = kinds
        self.hosts = list(cluster) if hosts is None else hosts
        self.troubles = []
        self.deck = list(reversed(kinds[:first]))
        self.clock_s = 0.0  # of pauses, so that a seed gives the same choices on any machine
        self.begun = {}  # how many of each kind

    def run(self, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            old = [t for t in self.troubles if t.shortest_s <= self.clock_s - t.began_s]
            if old and self.choices.random() < 0.6:
                self._end(self.choices.choice(old))
            else:
                self._begin()
            pause = self.choices.choice(PAUSES_S)
            time.sleep(pause)
            self.clock_s += pause
            self._check()
        self.end_all()

    def end_all(self):
        wait_until("all troubles to end", self._end_each)

    def _end_each(self):
        for trouble in list(self.troubles):
            self._end(trouble)
        self._keep_services()
        return not self.troubles

    def _begin(self):
        """On a host that has no trouble yet; each kind comes up equally often."""
        free = [host for host in self.hosts if host not in (t.host for t in self.troubles)]
        if not free:
            return
        if not self.deck:
            self.deck = list(self.kinds)
            self.choices.shuffle(self.deck)
        self._keep_services()
        kind = self.deck.pop()
        host = self.choices.choice(free) if kind.of_a_host else None
        if host is None and kind in map(type, self.troubles):
            return
        # Its own, so that how far it comes changes nothing of what is chosen after it.
        own_choices = random.Random(self.choices.getrandbits(32))
        trouble = kind(host, self.cluster, own_choices)
        done = trouble.begin() is not False
        self.note(f"{trouble}" if done else f"{trouble} cannot begin")
        if done:
            trouble.began_s = self.clock_s
            self.begun[kind.__name__] = self.begun.get(kind.__name__, 0) + 1
            self.troubles.append(trouble)

    def _end(self, trouble):
        done = trouble.end() is not False
        self.note(f"{trouble} ends" if done else f"{trouble} goes on")
        if done:
            self.troubles.remove(trouble)

    def _keep_services(self):
        """As systemd does, and an administrator where a node was off while the list changed."""
        down = [t.host for t in self.troubles if isinstance(t, (CorosyncKilled, PowerLost))]
        for host in self.hosts:
            if host not in down and not host.corosync.alive():
                self.note(f"corosync of {host.name} has ended by itself")
                self.cluster.bring_up_to_date(host)
                host.start_corosync()
        for host in self.cluster:
            host.keep_qdevice()

    def _check(self):
        """A daemon that ends by itself is wrong, whatever was done to it."""
        self._keep_services()
        down = [t.host for t in self.troubles if isinstance(t, (DaemonKilled, PowerLost))]
        for host in self.hosts:
            assert host in down or host.daemon.alive(), f"{host.name}'s daemon ended by itself"
