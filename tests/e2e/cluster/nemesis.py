"""What goes wrong, one thing after the other or two at once, from one seed."""

import signal
import time


class Trouble:
    """Something that is done to a host, and what ends it."""

    def __init__(self, host, cluster, choices):
        self.host = host
        self.cluster = cluster
        self.choices = choices

    def begin(self):
        raise NotImplementedError

    def end(self):
        raise NotImplementedError


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


class Nemesis:
    def __init__(self, cluster, choices, note):
        self.cluster = cluster
        self.choices = choices
        self.note = note  # called with what happens, in words
        self.troubles = []
        self.deck = []

    def run(self, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.troubles and self.choices.random() < 0.6:
                self._end(self.choices.choice(self.troubles))
            else:
                self._begin()
            time.sleep(self.choices.choice([0.05, 0.3, 1.0, 2.5]))
            self._check()
        self.end_all()

    def end_all(self):
        while self.troubles:
            self._end(self.troubles[0])

    def _begin(self):
        """On a host that has no trouble yet; each kind comes up equally often."""
        free = [host for host in self.cluster if host not in (t.host for t in self.troubles)]
        if not free:
            return
        if not self.deck:
            self.deck = list(KINDS)
            self.choices.shuffle(self.deck)
        trouble = self.deck.pop()(self.choices.choice(free), self.cluster, self.choices)
        self.note(f"{type(trouble).__name__} {trouble.host.name}")
        trouble.begin()
        self.troubles.append(trouble)

    def _end(self, trouble):
        self.note(f"{type(trouble).__name__} {trouble.host.name} ends")
        self.troubles.remove(trouble)
        trouble.end()

    def _check(self):
        """A daemon that ends by itself is wrong, whatever was done to it."""
        down = [t.host for t in self.troubles if isinstance(t, (DaemonKilled, PowerLost))]
        for host in self.cluster:
            assert host in down or host.daemon.alive(), f"{host.name}'s daemon ended by itself"
