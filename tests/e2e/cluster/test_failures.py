"""Nodes that die, hang, lose their network and come back."""

import errno
import time

import pytest
from saving import save_soon

# Who waits for what does not come is told so after this: the daemon's --write-timeout.
WRITE_TIMEOUT = 30


def others_of(cluster, host):
    return [other for other in cluster if other is not host]


def names_all(reason, *names):
    return reason is not None and all(name in reason for name in names)


def test_a_killed_leader_is_replaced_and_comes_back_equal(formed):
    leader = formed.leader()
    left = others_of(formed, leader)
    left[0].save("before.cfg", "before\n")
    leader.kill9()
    # Refused at most, where a slow machine takes longer to choose than savers wait.
    save_soon(left[1], "after.cfg", "after\n", refusals=[errno.EROFS])
    assert left[0].read("before.cfg") == "before\n"
    leader.start()
    formed.wait_together()
    tree = formed.same_everywhere()
    assert tree["before.cfg"] == b"before\n" and tree["after.cfg"] == b"after\n"


@pytest.mark.parametrize("who", ["leader", "follower"])
def test_a_stopped_daemon_holds_up_nobody(formed, who):
    leader = formed.leader()
    stopped = leader if who == "leader" else others_of(formed, leader)[0]
    left = others_of(formed, stopped)
    stopped.pause()
    try:
        # How fast it is, a benchmark tells. Here: no save waits for a daemon that does not answer
        # until its time is over (EIO), and once the others have agreed none is refused either.
        for host in left:
            save_soon(host, "meanwhile.cfg", f"{host.name}\n", refusals=[errno.EROFS])
        for i in range(200):
            left[0].save("meanwhile.cfg", f"{i}\n")
    finally:
        stopped.resume()
    formed.wait_together()
    assert formed.same_everywhere()["meanwhile.cfg"] == b"199\n"


def test_without_quorum_reading_goes_on_and_a_write_fails_at_once(formed):
    formed[3].save("here.cfg", "1\n")
    formed.switch.cut(3)
    formed[3].wait_status("no quorum", lambda status: not status["quorate"])
    begun = time.monotonic()
    with pytest.raises(OSError) as refused:
        formed[3].save("here.cfg", "2\n")
    assert refused.value.errno == errno.EROFS
    with pytest.raises(OSError) as refused:
        (formed[3].mount / "new").mkdir()
    assert refused.value.errno == errno.EROFS
    # At once, for whatever a slow machine calls so: not when its time to wait is over.
    assert time.monotonic() - begun < WRITE_TIMEOUT
    formed[3].wait_status(
        "who is missing", lambda status: names_all(status["read_only_reason"], "n1", "n2")
    )
    assert formed[3].read("here.cfg") == "1\n"

    save_soon(formed[1], "here.cfg", "3\n")
    formed.switch.heal(3)
    formed.wait_together()
    assert formed.same_everywhere()["here.cfg"] == b"3\n"


def test_a_node_that_was_away_gets_the_tail(formed):
    formed[3].stop()
    for i in range(100):
        save_soon(formed[1], f"file{i}", f"{i}\n")
    formed[3].start()
    formed.wait_together()
    assert len(formed.same_everywhere()) >= 100


def test_a_corosync_that_died_leaves_its_node_readable(formed):
    formed[2].save("here.cfg", "1\n")
    formed[2].corosync.kill9()
    formed[2].wait_status("no quorum", lambda status: not status["writable"])
    assert formed[2].read("here.cfg") == "1\n"
    save_soon(formed[1], "here.cfg", "2\n")
    formed[2].start_corosync()
    formed.wait_together()
    assert formed.same_everywhere()["here.cfg"] == b"2\n"


def test_daemons_down_while_corosync_runs(formed):
    """Corosync's quorum is there, a majority of the disks is not."""
    formed[3].stop()
    save_soon(formed[1], "two.cfg", "two\n")
    formed[2].stop()
    status = formed[1].wait_status("read-only", lambda status: not status["writable"])
    with pytest.raises(OSError) as refused:
        formed[1].save("one.cfg", "one\n")
    assert refused.value.errno == errno.EROFS
    assert status["quorate"] is True
    formed[1].wait_status(
        "who is missing", lambda status: names_all(status["read_only_reason"], "n2", "n3")
    )
    formed[2].start()
    formed.wait_together(1, 2)
    formed[2].save("one.cfg", "two again\n")
    formed[3].start()
    formed.wait_together()
    tree = formed.same_everywhere()
    assert tree["two.cfg"] == b"two\n" and tree["one.cfg"] == b"two again\n"


def test_all_killed_at_once_come_back_with_all_that_was_saved(formed):
    for i in range(20):
        formed[i % 3 + 1].save(f"file{i}", f"{i}\n")
    for host in formed:
        host.lose_power()
    formed.start()
    formed.wait_together()
    tree = formed.same_everywhere()
    assert all(tree[f"file{i}"] == f"{i}\n".encode() for i in range(20))


def test_a_node_that_hears_but_is_not_heard(formed):
    """One direction of its link is dead: corosync shuts it out, or it shuts itself out."""
    formed[3].save("here.cfg", "1\n")
    for other in (1, 2):
        formed[3].lose_what_goes_to(other)
    save_soon(formed[1], "here.cfg", "2\n")
    for other in (1, 2):
        formed[3].send_again_to(other)
    formed.wait_together()
    assert formed.same_everywhere()["here.cfg"] == b"2\n"
