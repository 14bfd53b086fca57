"""Notifications of a cluster: one node sends, and another one where it cannot."""

import concurrent.futures
import os

import pytest
from support.cluster.notifier import HostNotifier, senders_of, taken, wait_looking, wait_taken
from support.waiting import wait_until

CONFIGURATION = "sendmail: admins\n\tmailto admins@example.com\n"


class Notifiers(dict):
    """By the hosts' numbers."""

    def __init__(self, cluster):
        super().__init__()
        self.cluster = cluster
        self.record = cluster.directory / "mails"
        self.record.mkdir()
        cluster[1].save("notifications.cfg", CONFIGURATION)
        cluster.same_everywhere()
        for host in cluster:
            self[host.number] = HostNotifier(host, self.record)

    def start(self, *numbers, options=(), clock=False):
        for number in numbers or self:
            self[number].start(*options, clock=clock)
        return self

    def wait_looking(self, what, predicate, *numbers):
        """With daemons that look often: all, where none is named."""
        return wait_looking(what, predicate, [self[n] for n in numbers or self])

    def flag(self, name):
        return self.record / name

    def begun(self):
        """Lines of attempts: when, and the Message-ID."""
        path = self.flag("begun")
        return path.read_text(encoding="ascii").splitlines() if path.exists() else []

    def shared(self, host=2):
        return sorted(os.listdir(self.cluster[host].mount / "priv/notify"))

    def claims(self, host=2):
        locks = self.cluster[host].mount / "priv/lock"
        return [name for name in os.listdir(locks) if name.startswith("notify-")]

    def expire(self, event):
        """As the store does once a claim has not been renewed for 120 s."""
        self.cluster[2].sync()
        lock = self.cluster[2].mount / "priv/lock" / f"notify-{event}"
        if lock.exists():
            lock.rmdir()

    def wait_settled(self, event, *numbers):
        def is_settled():
            return f"{event}.done" in self.shared() and f"{event}.json" not in self.shared()

        self.wait_looking(f"{event} settled", is_settled, *numbers or (2, 3))

    def wait_known(self, event, sender, *numbers):
        """Until these nodes know that it was delivered, by whom: nothing of it is left to do."""

        def is_known(number):
            rows = self[number].history(event)
            return rows and (rows[0]["state"], rows[0]["node"]) == ("delivered", sender)

        for number in numbers:
            self.wait_looking(f"{event} known to n{number}", lambda n=number: is_known(n), number)


@pytest.fixture
def notifiers(formed):
    made = Notifiers(formed)
    yield made
    for number, notifier in made.items():
        print(f"--- notifier of n{number}\n{notifier.process.log()}")


def to_admins(notifier, event):
    return notifier.send(event, "--cluster", "--target", "admins")


def test_the_same_event_on_three_nodes_is_one_mail(notifiers):
    notifiers.start()
    for number in notifiers:
        assert to_admins(notifiers[number], "same")
    sender = wait_taken(notifiers.record, "same")
    notifiers.wait_settled("same")
    for number in notifiers:
        assert to_admins(notifiers[number], "same"), "known, and done"
    notifiers.wait_known("same", sender[0], *notifiers)
    wait_until("the end of the claim", lambda: notifiers.claims() == [])
    assert senders_of(notifiers.record, "same") == sender
    # What is not the cluster's stays each node's own.
    for number in notifiers:
        assert notifiers[number].send("local", "--target", "admins")
    wait_until("three", lambda: len(senders_of(notifiers.record, "local")) == 3)
    assert len({message for _, message in taken(notifiers.record)}) == 4


# Where the sending node dies for good, whether its caller knows that it was accepted, and how often
# the mail is sent then.
INSTANTS = [
    ("after rename {}.json", False, 1),
    ("after mkdir notify-{}", False, 1),
    ("after utimensat notify-{}", None, 1),
    ("taken", True, 2),
    ("before rename {}.done", True, 2),
    ("after rename {}.done", True, 1),
    ("before unlink {}.json", True, 1),
    ("before rmdir notify-{}", True, 1),
]


def test_a_node_that_dies_for_good_at_any_instant(notifiers):
    """Another one goes on once the claim has expired: none is lost, and twice comes only what the
    mail system had taken when nobody had been told yet."""
    notifiers.start(2, 3, clock=True)
    victim, others = notifiers[1], (notifiers[2], notifiers[3])
    counts = {}
    for number, (instant, acknowledged, expected) in enumerate(INSTANTS):
        event = f"e{number}"
        # They leave a new event to the node that accepted it for 5 s, which may be over before it
        # has died.
        for other in others:
            other.process.pause()
        if acknowledged:  # the mail system holds on to the mail until the caller has its answer
            notifiers.flag("wait").touch()
        if instant == "taken":
            notifiers.flag("kill").touch()
            victim.start()
        else:
            victim.start(kill=instant.format(event))
        accepted = to_admins(victim, event)
        assert acknowledged in (None, accepted), instant
        notifiers.flag("wait").unlink(missing_ok=True)
        victim.wait_for_end()
        victim.forget()
        notifiers.expire(event)
        for other in others:
            other.set_clock(10)
            other.process.resume()
        notifiers.wait_settled(event)
        for other in others:
            other.set_clock(0)
        counts[instant] = (len(senders_of(notifiers.record, event)), expected)
    print(counts)
    assert all(count == expected for count, expected in counts.values()), counts
    assert taken(notifiers.record) and all(
        len({message for _, message in taken(notifiers.record) if message.startswith(f"e{n}.")})
        == 1
        for n in range(len(INSTANTS))
    ), "a mail that comes twice is known by its Message-ID"


def test_what_was_accepted_goes_out_when_its_node_comes_back(notifiers):
    victim = notifiers[1].start(kill="before rename early.json")
    notifiers.start(2, 3)
    assert not to_admins(victim, "early")
    victim.wait_for_end()
    victim.start()
    wait_taken(notifiers.record, "early")
    notifiers.wait_settled("early")
    assert len(senders_of(notifiers.record, "early")) == 1


def test_a_holder_that_slept_looks_again_before_it_sends(notifiers):
    """The others take over, and the sleeper, whose next attempt is due, sends nothing."""
    sleeper = notifiers[1]
    notifiers.flag("fail").touch()
    sleeper.start(clock=True)
    assert to_admins(sleeper, "slept")
    begun = float(wait_until("an attempt", notifiers.begun)[0].split()[0])
    claim = notifiers.cluster[1].mount / "priv/lock/notify-slept"
    print(f"from the look at the claim to the mail system: {begun - claim.stat().st_mtime:.3f} s")
    wait_until("the failure", lambda: sleeper.history("slept")[0]["attempts"])
    sleeper.process.pause()
    try:
        notifiers.flag("fail").unlink()
        notifiers.expire("slept")
        notifiers.start(2, 3, clock=True)
        for other in (2, 3):
            notifiers[other].set_clock(10)
        (sender,) = notifiers.wait_looking(
            "the mail", lambda: senders_of(notifiers.record, "slept"), 2, 3
        )
        notifiers.wait_settled("slept")
        sleeper.set_clock(60)  # its next attempt is due, before anything that comes later
    finally:
        sleeper.process.resume()
    assert sender != "n1"
    assert sleeper.send("later", "--target", "admins")
    assert wait_taken(notifiers.record, "later") == ["n1"]
    notifiers.wait_known("slept", sender, 1)
    assert senders_of(notifiers.record, "slept") == [sender]


def test_without_quorum_every_event_is_local(notifiers):
    notifiers.start()
    notifiers.cluster.switch.cut(3)
    notifiers.cluster[3].wait_status("no quorum", lambda status: not status["quorate"])
    assert to_admins(notifiers[3], "cut")
    assert wait_taken(notifiers.record, "cut") == ["n3"]
    assert to_admins(notifiers[1], "cut")
    wait_until("the other half's", lambda: len(senders_of(notifiers.record, "cut")) == 2)
    notifiers.cluster.switch.heal(3)
    notifiers.cluster.wait_together()
    assert to_admins(notifiers[3], "healed") and to_admins(notifiers[2], "healed")
    wait_taken(notifiers.record, "healed")
    notifiers.wait_settled("healed")
    assert len(senders_of(notifiers.record, "healed")) == 1
    assert len(senders_of(notifiers.record, "cut")) == 2


def told_of(notifiers, kind):
    """The ids of the events of that kind that a mail system took, once for each mail."""
    messages = [message for _, message in taken(notifiers.record)]
    return [message.split(".")[0] for message in messages if message.startswith(kind)]


def test_a_lost_node_is_told_once_and_so_is_its_return(notifiers):
    notifiers.start(1, 2, options=("--node-lost-after", "1"))
    cluster = notifiers.cluster
    cluster[3].kill9()
    (event,) = notifiers.wait_looking(
        "the mail", lambda: told_of(notifiers, "node-lost-n3-"), 1, 2
    )
    # Both have said it, and know who told it: no other mail is to come.
    notifiers.wait_settled(event, 1, 2)
    notifiers.wait_known(event, senders_of(notifiers.record, event)[0], 1, 2)
    assert len(taken(notifiers.record)) == 1, "once by the cluster"
    cluster[3].start()
    cluster.wait_together()
    (event,) = notifiers.wait_looking(
        "its return", lambda: told_of(notifiers, "node-back-n3-"), 1, 2
    )
    notifiers.wait_looking("no mark", lambda: "n3.lost" not in notifiers.shared(1), 1, 2)
    notifiers.wait_settled(event, 1, 2)
    assert len(taken(notifiers.record)) == 2


def test_a_fencing_is_told_once_and_is_no_loss(notifiers):
    """Whoever says it, however often; and again when the node was back and is fenced once more."""
    notifiers.start(1, 2, options=("--node-lost-after", "1"))
    cluster = notifiers.cluster

    def fenced(number):
        done = notifiers[number].notify("fenced", "n3")
        assert done.returncode == 0 and done.stderr == "", done.stderr
        return done.stdout.split()[0]

    def say_it():
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            (event,) = set(pool.map(fenced, [1, 2, 1, 2]))
        (sender,) = wait_taken(notifiers.record, event)
        notifiers.wait_settled(event, 1, 2)
        notifiers.wait_known(event, sender, 1, 2)
        return event

    first = say_it()
    cluster[3].kill9()
    for number in (1, 2):
        log = notifiers[number].process.log
        notifiers.wait_looking(
            "not lost", lambda log=log: "n3 is gone, and is not told as lost" in log(), number
        )
    assert fenced(1) == first, "as long as it is gone"
    assert "n3.lost" not in notifiers.shared(1)
    cluster[3].start()
    cluster.wait_together()
    notifiers.wait_looking("the end", lambda: "n3.fenced" not in notifiers.shared(1), 1, 2)
    cluster.same_everywhere()
    second = say_it()
    assert sorted(told_of(notifiers, "")) == sorted([first, second])
