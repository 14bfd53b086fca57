"""Two nodes with two_node: 1: one alone may go on, and what both did apart is not lost."""

import pytest
from support.waiting import wait_until


@pytest.fixture
def pair(make_cluster):
    return make_cluster(2, quorum=["two_node: 1"]).start().wait_together()


def wait_alone(host):
    """Until it goes on in an era of its own."""
    host.wait_status(
        "goes on alone",
        lambda status: status["members"] == [host.number]
        and status["writable"]
        and status["view"] is not None,
    )


def test_one_goes_on_alone_and_the_other_comes_back(pair):
    pair[1].save("both.cfg", "1\n")
    pair[2].lose_power()
    wait_alone(pair[1])
    pair[1].save("alone.cfg", "2\n")
    pair[2].power_on()
    pair.wait_together()
    tree = pair.same_everywhere()
    assert tree["both.cfg"] == b"1\n" and tree["alone.cfg"] == b"2\n"


def test_both_go_on_apart_and_the_losers_changes_are_listed(pair):
    pair[1].save("common.cfg", "together\n")
    pair.switch.cut(2)
    for host in pair:
        wait_alone(host)
    pair[1].save("common.cfg", "of n1\n")
    pair[1].save("only1.cfg", "of n1\n")
    pair[2].save("common.cfg", "of n2\n")
    pair[2].save("only2.cfg", "of n2\n")
    pair.switch.heal(2)
    pair.wait_together()
    tree = pair.same_everywhere()
    winner = tree["common.cfg"].decode().strip()
    assert winner in ("of n1", "of n2")
    loser, other = (2, 1) if winner == "of n1" else (1, 2)
    assert f"only{loser}.cfg" not in tree
    for host in pair:
        host.conflicts()
        listed = host.pmxctl("conflicts").stdout
        assert "common.cfg" in listed and f"only{loser}.cfg" in listed
        assert f"only{other}.cfg" not in listed
    status = {host: host.pmxctl_json("status")["conflicts"] for host in pair}
    assert status == {pair[loser]: 2, pair[other]: 0}, "each node keeps its own"
    make_again_from(pair[other], f"only{loser}.cfg")
    assert pair.same_everywhere()[f"only{loser}.cfg"] == f"of n{loser}\n".encode()
    forget = ("conflicts", "forget", "--all")
    wait_until("all to forget", lambda: not pair[other].pmxctl_json(*forget)["missing"])
    for host in pair:
        host.conflicts()
        assert "nothing has lost out" in host.pmxctl("conflicts").stdout


def test_all_that_the_loser_saved_can_be_made_again(pair):
    """Each save of a file, one that was removed again, one whose directory got another name."""
    pair[1].save("edited.cfg", "together\n")
    pair.switch.cut(2)
    for host in pair:
        wait_alone(host)
        host.save("edited.cfg", f"first of {host.name}\n")
        host.save("edited.cfg", f"second of {host.name}\n")
        (host.mount / f"draft-{host.name}").mkdir()
        host.save(f"draft-{host.name}/f.cfg", f"important to {host.name}\n")
        (host.mount / f"draft-{host.name}").rename(host.mount / f"final-{host.name}")
        host.save(f"gone-{host.name}.cfg", f"short-lived on {host.name}\n")
        (host.mount / f"gone-{host.name}.cfg").unlink()
    pair.switch.heal(2)
    pair.wait_together()
    loser = pair[2] if b"n1" in pair.same_everywhere()["edited.cfg"] else pair[1]
    shown = {}
    conflicts = sorted(pair[1].conflicts(), key=lambda conflict: conflict["index"])
    for conflict in conflicts:
        text = pair[1].pmxctl("conflicts", "show", conflict["id"]).stdout
        shown.setdefault(conflict["changes"][0]["path"], []).append(text)
    first, second = shown["edited.cfg"]
    assert "-together" in first and f"+first of {loser.name}" in first
    assert f"-first of {loser.name}" in second and f"+second of {loser.name}" in second
    made, removed = shown[f"gone-{loser.name}.cfg"]
    assert f"+short-lived on {loser.name}" in made and f"-short-lived on {loser.name}" in removed
    assert f"+important to {loser.name}" in shown[f"draft-{loser.name}/f.cfg"][0]
    for conflict in conflicts:
        pair[1].pmxctl("conflicts", "apply", conflict["id"], "--yes")
    tree = pair.same_everywhere()
    assert tree[f"final-{loser.name}/f.cfg"] == f"important to {loser.name}\n".encode()
    assert tree["edited.cfg"] == f"second of {loser.name}\n".encode()


def make_again_from(host, path):
    """What another node lists is shown and made again from here."""
    id = next(c["id"] for c in host.conflicts() if c["changes"][0]["path"] == path)
    assert "+of n" in host.pmxctl("conflicts", "show", id).stdout
    host.pmxctl("conflicts", "apply", id, "--yes")


def test_a_cold_start_of_one_alone_waits_for_the_other(pair):
    """The other may have gone on without it: wait_for_all, and the era's own rule."""
    pair[1].save("both.cfg", "1\n")
    for host in pair:
        host.stop()
        host.corosync.stop()
    pair[1].start_corosync()
    pair[1].start()
    status = pair[1].wait_status("answers", lambda status: True)
    assert status["writable"] is False
    assert pair[1].read("both.cfg") == "1\n"
    pair[2].start_corosync()
    pair[2].start()
    pair.wait_together()
    pair[2].save("both.cfg", "2\n")
    assert pair.same_everywhere()["both.cfg"] == b"2\n"
