"""Eight programs save and read on three nodes while everything goes wrong. What they saw must be
what one copy of the files would have shown: tests/support/linearizability.h judges.

PMX_NEMESIS_SECONDS: how long (45). PMX_SEED: replays the troubles and the programs' choices; when
exactly they meet is the machine's.
"""

import os
import random

import pytest
from crowd import KEYS, Crowd, judge
from nemesis import Nemesis

SECONDS = int(os.environ.get("PMX_NEMESIS_SECONDS", "45"))
# With less, hardly anything was done: a slow machine goes on until it was.
WRITES_AT_LEAST, READS_AT_LEAST = 10 * SECONDS, SECONDS
ROUNDS_AT_MOST = 10


@pytest.fixture
def cluster(make_cluster):
    made = make_cluster(3)
    for host in made:
        host.own_clock()
    return made.start().wait_together()


def has_done_enough(count):
    return count["write"] > WRITES_AT_LEAST and count["read"] > READS_AT_LEAST


def test_a_history_of_troubles_is_linearizable(build, cluster, seed):
    crowd = Crowd(cluster, seed)
    nemesis = Nemesis(cluster, random.Random(seed), crowd.note)
    try:
        for _ in range(ROUNDS_AT_MOST):
            nemesis.run(SECONDS)
            if has_done_enough(crowd.count()):
                break
        cluster.wait_together()
        crowd.stop()
        print(crowd.count())
        judge(build, crowd.history)
        tree = cluster.same_everywhere()
    except BaseException:
        crowd.kill()
        print(f"what is known: {crowd.keep(seed)}")
        raise
    assert set(KEYS) < tree.keys()
    assert has_done_enough(crowd.count()), "hardly anything"
    for host in cluster:
        host.stop()
        host.pmxctl("fsck", "--state", "/var/lib/pmxcfs-lite")
