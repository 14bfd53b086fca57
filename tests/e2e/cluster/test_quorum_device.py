"""Four nodes with a quorum device: half of them may go on where it gives its vote, and never both."""

import errno

import pytest
from device_nemesis import TakesIn
from support.waiting import wait_until


@pytest.fixture
def four(make_cluster):
    return make_cluster(4, algorithm="ffsplit").start().wait_together()


def cut_in_halves(cluster):
    """The device is seen by nodes 3 and 4 only."""
    for number in (1, 2):
        cluster.device.switch.cut(number)
    cluster.switch.partition([[1, 2], [3, 4]])


def mend(cluster):
    for number in (1, 2):
        cluster.device.switch.heal(number)
    cluster.switch.partition([[1, 2, 3, 4]])


def wait_half_goes_on(cluster):
    for number in (3, 4):
        cluster[number].wait_status(
            "goes on as a half",
            lambda status: status["members"] == [3, 4] and status["writable"] and status["view"],
        )


def wait_refuses(host, *words):
    """Until it is read-only for that reason."""

    def refuses(status):
        reason = status["read_only_reason"] or ""
        return not status["writable"] and all(word in reason for word in words)

    host.wait_status(f"read-only: {words}", refuses)
    with pytest.raises(OSError) as refused:
        host.save("refused.cfg", "1\n")
    assert refused.value.errno == errno.EROFS


def test_the_half_with_the_device_goes_on_and_the_other_does_not(four):
    assert "quorum device ffsplit on 10.78.0.200: half" in four[1].pmxctl("status").stdout
    four[1].save("before.cfg", "1\n")
    cut_in_halves(four)
    wait_half_goes_on(four)
    four[3].save("half.cfg", "1\n")
    for number in (1, 2):
        wait_refuses(four[number], "With the vote of the quorum device those who are here could")
    mend(four)
    four.wait_together()
    tree = four.same_everywhere()
    assert tree["before.cfg"] == tree["half.cfg"] == b"1\n" and "refused.cfg" not in tree
    assert four[1].conflicts() == []


def test_without_the_device_neither_half_goes_on(four):
    four.device.qnetd.kill9()
    four[1].save("before.cfg", "1\n")
    four.switch.partition([[1, 2], [3, 4]])
    for host in four:
        wait_refuses(host, "No quorum")
    four.switch.partition([[1, 2, 3, 4]])
    four.wait_together()
    assert four.same_everywhere()["before.cfg"] == b"1\n"


def test_a_half_that_is_given_the_vote_later_does_not_go_on(four):
    """The other half had it, and saved, and is lost: corosync is content, but they lack that save."""
    cut_in_halves(four)
    wait_half_goes_on(four)
    four[3].save("half.cfg", "1\n")
    for number in (1, 2):
        wait_refuses(four[number], "No quorum")
    for number in (3, 4):
        four[number].lose_power()
    mend(four)
    wait_until("the vote", lambda: all(four[n].votes().get("Quorate") == "Yes" for n in (1, 2)))
    for number in (1, 2):
        wait_refuses(four[number], "corosync grants quorum to those who are here, but")
    for number in (3, 4):
        four[number].power_on()
    wait_until("all votes", lambda: all(map(has_all_votes, four)))
    four.wait_together()
    assert four.same_everywhere()["half.cfg"] == b"1\n"
    assert four[1].conflicts() == []


def has_all_votes(host):
    host.keep_qdevice()
    votes = host.votes()
    return votes.get("Nodes") == "4" and votes["Total votes"] == votes["Expected votes"]


@pytest.mark.parametrize(
    ("algorithm", "device", "of_four", "of_five"), [("ffsplit", 1, 5, 6), ("lms", 3, 7, 9)]
)
@pytest.mark.parametrize("stopped_first", [True, False])
def test_the_votes_follow_the_list(make_cluster, algorithm, device, of_four, of_five, stopped_first):
    """The device's own are written down, as other tools do."""
    cluster = make_cluster(4, algorithm=algorithm).start().wait_together()
    text = (cluster[1].etc / "corosync/corosync.conf").read_text(encoding="ascii")
    text = text.replace("    votes: 1\n", "").replace("  device {\n", f"  device {{\n    votes: {device}\n")
    cluster[1].save("corosync.conf", text.replace("config_version: 1", "config_version: 2"))
    wait_votes(cluster, of_four)
    cluster.add_spare()
    takes_in = TakesIn(cluster)
    assert takes_in.add() and takes_in.start()
    cluster.wait_together()
    wait_votes(cluster, of_five)
    assert takes_in.remove(stopped_first)
    cluster.wait_together(1, 2, 3, 4)
    wait_votes(cluster, of_four, 1, 2, 3, 4)


def wait_votes(cluster, count, *numbers):
    hosts = [cluster[number] for number in numbers or cluster.hosts]

    def have_them():
        for host in hosts:
            host.keep_qdevice()
        votes = [host.votes() for host in hosts]
        return all(v.get("Expected votes") == v.get("Total votes") == str(count) for v in votes)

    try:
        wait_until(f"{count} votes", have_them)
    except AssertionError as error:
        raise AssertionError(f"{error}: {[host.votes() for host in hosts]}") from None
