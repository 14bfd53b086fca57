"""Five nodes: two may be lost, and what remains goes on; a third, and nobody writes."""

import errno

import pytest
from saving import save_soon


@pytest.fixture
def five(make_cluster):
    return make_cluster(5).start().wait_together()


def test_two_of_five_are_lost_then_a_third(five):
    for host in five:
        host.save(f"of-{host.name}.cfg", "1\n")
    leader = five.leader()
    others = [host for host in five if host is not leader]
    leader.lose_power()
    others[0].lose_power()
    left = others[1:]
    for i, host in enumerate(left):
        save_soon(host, "left.cfg", f"{i}\n")
    for host in left:
        host.sync()  # without quorum it shows what it knew to be saved
    left[0].lose_power()
    for host in left[1:]:
        host.wait_status("no quorum", lambda status: not status["writable"])
        with pytest.raises(OSError) as refused:
            host.save("left.cfg", "without quorum\n")
        assert refused.value.errno == errno.EROFS
        assert host.read("left.cfg") == "2\n"
    for host in (leader, others[0], left[0]):
        host.power_on()
    five.wait_together()
    tree = five.same_everywhere()
    assert tree["left.cfg"] == b"2\n"
    assert all(tree[f"of-{host.name}.cfg"] == b"1\n" for host in five)


def test_a_split_of_five(five):
    """Three go on, two do not; a change of the two never comes to be."""
    five.switch.cut(1)
    five.switch.cut(2)
    for number in (1, 2):
        five[number].wait_status("no quorum", lambda status: not status["writable"])
    save_soon(five[3], "here.cfg", "majority\n")
    five.switch.heal(1)
    five.switch.heal(2)
    five.wait_together()
    assert five.same_everywhere()["here.cfg"] == b"majority\n"
