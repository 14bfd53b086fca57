"""Ten programs save and read on four nodes with a quorum device, and on a fifth that comes and goes,
while everything goes wrong, halves cut apart above all. Without force no save that was acknowledged
is ever lost.

PMX_QDEVICE_SECONDS: how long (40). PMX_SEED: replays the troubles and the programs' choices; when
exactly they meet is the machine's.
"""

import os
import random
import time

import pytest
from crowd import KEYS, Crowd, check_all_is_there, check_nothing_lost_out, judge
from device_nemesis import KINDS, NodeTakenIn
from nemesis import Nemesis
from support.waiting import wait_until

SECONDS = int(os.environ.get("PMX_QDEVICE_SECONDS", "40"))
WRITES_AT_LEAST = 2 * SECONDS
ROUNDS_AT_MOST = 10


@pytest.fixture
def make_with_spare(make_cluster):
    def make(algorithm):
        cluster = make_cluster(4, algorithm=algorithm).start().wait_together()
        # What `cluster add` changes; corosync has it already.
        text = (cluster[1].etc / "corosync/corosync.conf").read_text(encoding="ascii")
        cluster[1].save("corosync.conf", text)
        return cluster.add_spare()

    return make


def come_to_rest(cluster, crowd):
    """All are there and in step, with the spare host as a fifth; nobody works any more."""
    cluster.wait_together(*cluster.listed)
    crowd.stop()
    taken_in = NodeTakenIn(None, cluster, random.Random(0))
    wait_until("a node to be taken in", lambda: taken_in.begin() is not False)
    wait_until("the quorum device", lambda: all(map(has_all_votes, cluster)))
    cluster.wait_together()


def has_all_votes(host):
    host.keep_qdevice()
    votes = host.votes()
    return bool(votes) and votes["Total votes"] == votes["Expected votes"]


def eras(cluster):
    """How many were begun: they are counted in the view's name."""
    view = cluster[1].status()["view"]
    return int(view.partition(":")[0]) if ":" in view else 0


@pytest.mark.parametrize(("algorithm", "share"), [("ffsplit", 1.0), ("lms", 0.25)])
def test_no_acknowledged_save_is_lost(build, make_with_spare, seed, capsys, algorithm, share):
    began = time.monotonic()
    cluster = make_with_spare(algorithm)
    crowd = Crowd(cluster, seed, clients=10, made=0.3)
    nemesis = Nemesis(cluster, random.Random(seed), crowd.note, KINDS,
                      hosts=[cluster[number] for number in cluster.listed], first=2)
    try:
        for _ in range(ROUNDS_AT_MOST):
            nemesis.run(SECONDS * share)
            if crowd.count()["write"] > WRITES_AT_LEAST * share:
                break
        come_to_rest(cluster, crowd)
        tree = cluster.same_everywhere()
        check_all_is_there(crowd, tree)
        rejected = check_nothing_lost_out(crowd, cluster[1])
        judge(build, crowd.history)
    except BaseException:
        crowd.kill()
        print(f"what is known: {crowd.keep(seed)}")
        raise
    with capsys.disabled():
        print(f"\n{algorithm}, PMX_SEED={seed}: {crowd.count()}, {eras(cluster)} eras, {rejected} "
              f"changes rejected that nobody was told of, {nemesis.begun}, "
              f"{time.monotonic() - began:.0f} s")
    assert set(KEYS) < tree.keys()
    assert crowd.count()["write"] > WRITES_AT_LEAST * share, "hardly anything"
    for host in cluster:
        host.stop()
        host.pmxctl("fsck", "--state", "/var/lib/pmxcfs-lite")
