"""The channel alone, on real corosync: three members that hear the same in the same order."""

import re

import pytest
from probe import Probe


@pytest.fixture
def cluster(make_cluster):
    return make_cluster(3).start_corosync()


@pytest.fixture
def probes(build, cluster):
    """A member on each host, all in one group."""
    members = [Probe(build, host) for host in cluster]
    for member in members:
        member.wait_members(1, 2, 3, quorate=True)
    yield members
    for member in members:
        member.close()


def test_the_first_to_come_is_this_node_alone_then_the_list_then_the_group(probes):
    for probe in probes:
        node = probe.node
        assert probe.lines[0] == f"configured members={node} nodes={node} not"
        assert probe.lines[1] == (
            "listed test 1 majority 1:n1:10.77.0.1,2:n2:10.77.0.2,3:n3:10.77.0.3"
        )
        assert probe.lines[2].startswith("configured ")


def test_all_hear_all_messages_in_one_order_under_a_flood(probes):
    """Beyond what corosync takes at once: senders are told to wait, and called again."""
    count = 5000
    after = [len(probe.lines) for probe in probes]
    for probe in probes:
        probe.say(f"flood {count} 4000")
    for probe in probes:
        probe.wait_for(r"flooded [1-9]\d*", timeout=600)
    for probe, begin in zip(probes, after):
        for other in probes:
            probe.wait_for(f"message {other.node} 4000 {count - 1}", begin, timeout=600)
    heard = [probe.messages(begin) for probe, begin in zip(probes, after)]
    assert heard[0] == heard[1] == heard[2]
    for probe in probes:
        sent = [line for line in heard[0] if line.startswith(f"message {probe.node} ")]
        assert sent == [f"message {probe.node} 4000 {i}" for i in range(count)]


def test_large_messages_come_whole(probes):
    probes[0].say("flood 20 1000000")
    for probe in probes:
        probe.wait_for("message 1 1000000 19")
    assert probes[2].messages() == [f"message 1 1000000 {i}" for i in range(20)]
    probes[0].say("flood 1 1100000")
    probes[0].wait_for("error a message of 1100000 bytes; corosync takes 1047552")


def test_a_cut_link_and_its_healing(cluster, probes):
    joined = 3  # its first lines: alone, the list, the group
    cluster.switch.cut(3)
    majority = probes[0].wait_members(1, 2, quorate=True, after=joined)
    minority = probes[2].wait_members(3, quorate=False, after=joined)
    probes[0].say("send among-two")
    probes[1].wait_for("message 1 9 among-two")
    probes[2].say("send alone")
    probes[2].wait_for("message 3 5 alone")

    cluster.switch.heal(3)
    majority = probes[0].wait_members(1, 2, 3, quorate=True, after=majority)
    probes[2].wait_members(1, 2, 3, quorate=True, after=minority)
    probes[2].say("send again-together")
    for probe in probes:
        probe.wait_for("message 3 14 again-together")
    assert not any("among-two" in line for line in probes[2].lines)
    assert not any("alone" in line for line in probes[0].lines)


def test_a_killed_member_is_gone_at_once_and_its_node_is_not(build, cluster, probes):
    after = len(probes[0].lines)
    probes[1].kill()
    # At once: before anybody could miss its node, which is in the list still.
    after = probes[0].wait_for("configured members=1,3 nodes=1,2,3 quorate", after)
    again = Probe(build, cluster[2])
    try:
        again.wait_members(1, 2, 3, quorate=True)
        probes[0].wait_members(1, 2, 3, quorate=True, after=after)
    finally:
        again.close()


def test_a_killed_corosync_leaves_its_node_alone_until_it_is_back(cluster, probes):
    after = [len(probe.lines) for probe in probes]
    cluster[2].corosync.kill9()
    alone = probes[1].wait_members(2, quorate=False, after=after[1])
    others = probes[0].wait_members(1, 3, quorate=True, after=after[0])
    probes[1].wait_for("error lost the connection to corosync.*", after[1])
    probes[1].say("flood 1 9")
    probes[1].wait_for("flooded 0", alone)  # it was sent while nobody could hear it

    cluster[2].start_corosync()
    probes[1].wait_members(1, 2, 3, quorate=True, after=alone)
    probes[0].wait_members(1, 2, 3, quorate=True, after=others)
    probes[1].say("send to-all")
    for probe in probes:
        probe.wait_for("message 2 6 to-all")
        assert not any(line.startswith("message 2 9 ") for line in probe.lines)


def test_a_member_without_corosync_waits_for_it(build, make_cluster):
    cluster = make_cluster(1)
    probe = Probe(build, cluster[1])
    try:
        after = probe.wait_members(1, quorate=False)
        probe.wait_for("error corosync does not answer.*")
        cluster.start_corosync()
        probe.wait_members(1, quorate=True, after=after)
        errors = [line for line in probe.lines if line.startswith("error")]
        assert len(errors) == len(set(errors)), "a reason is told once"
    finally:
        probe.close()


def test_a_changed_node_list_is_told(cluster, probes):
    cluster.add_host()
    cluster.configure([1, 2, 3, 4])
    cluster[1].execute("corosync-cfgtool", "-R")
    for probe in probes:
        probe.wait_for(r"listed test 2 majority 1:n1:.*,4:n4:10\.77\.0\.4")
        half_done = [line for line in probe.lines if re.match("listed test 1 .*4:n4", line)]
        assert half_done == []


def test_two_nodes_have_quorum_by_fewer(build, make_cluster):
    cluster = make_cluster(2, quorum=["two_node: 1"]).start_corosync()
    probes = [Probe(build, host) for host in cluster]
    try:
        after = probes[0].wait_members(1, 2, quorate=True)
        assert probes[0].lines[1].startswith("listed test 1 fewer 1:n1:")
        cluster.switch.cut(2)
        probes[0].wait_members(1, quorate=True, after=after)
    finally:
        for probe in probes:
            probe.close()


def test_force_gives_quorum_to_those_present_until_another_comes_back(cluster, probes):
    after = len(probes[0].lines)
    cluster.switch.partition([[1], [2], [3]])
    after = probes[0].wait_members(1, quorate=False, after=after)
    probes[0].say("force")
    after = probes[0].wait_members(1, quorate=True, after=after)
    assert not any(line.startswith("error") for line in probes[0].lines)
    cluster.switch.partition([[1, 2], [3]])
    after = probes[0].wait_members(1, 2, quorate=True, after=after)
    cluster.switch.partition([[1], [2], [3]])
    probes[0].wait_members(1, quorate=False, after=after)


def test_force_after_a_cold_start_of_one_of_two(build, make_cluster):
    """wait_for_all, which two_node brings, wants to see the other first."""
    cluster = make_cluster(2, quorum=["two_node: 1"])
    cluster[1].start_corosync()
    probe = Probe(build, cluster[1])
    try:
        after = probe.wait_for("listed .*")
        probe.say("force")
        probe.wait_members(1, quorate=True, after=after)
    finally:
        probe.close()


def test_a_second_process_of_a_node_waits_for_the_first_and_is_told(build, cluster, probes):
    second = Probe(build, cluster[2])
    try:
        second.wait_for("error two processes of node 2 .*")
        probes[1].wait_for("error two processes of node 2 .*")
        second.say("send from-second")
        probes[1].say("send from-first")
        after = probes[0].wait_for("message 2 10 from-first")
        assert not any("from-second" in line for line in probes[0].lines)
        assert second.lines[-1].startswith("error")
        probes[1].kill()
        second.wait_members(1, 2, 3, quorate=True)
        second.say("send from-second")
        probes[0].wait_for("message 2 11 from-second", after)
    finally:
        second.close()


def test_another_id_than_the_databases_does_not_join(build, cluster, probes):
    stranger = Probe(build, cluster[2], node=7)
    try:
        stranger.wait_for("error .*calls this node 2, but the database here is that of node 7.*")
        assert not any("configured members=2" in line for line in stranger.lines)
    finally:
        stranger.close()
