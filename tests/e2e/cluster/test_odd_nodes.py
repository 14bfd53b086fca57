"""Nodes that are not as they should be: a clock that is off, another's name, another cluster."""

import os

HOUR = 3600


def saved_and_warned(odd, status):
    """Only a node that follows for a second judges what comes."""
    odd.save("times.cfg", "ahead\n")
    return "the clock of node 2 is" in str(status["warnings"])


def test_a_clock_an_hour_off_is_taken_with_a_warning(make_cluster):
    cluster = make_cluster(3)
    cluster.start_corosync()
    odd = cluster[2]
    odd.own_clock()
    for host in cluster:
        host.launch()
    cluster.wait_together()
    odd.set_clock(HOUR)
    cluster[1].wait_status("the warning", lambda status: saved_and_warned(odd, status))
    assert "the clock of node 2 is" in cluster[1].pmxctl("status").stdout
    cluster[1].sync()
    ahead = os.stat(cluster[1].mount / "times.cfg").st_mtime_ns
    # Times do not go back: what is saved later is not older.
    cluster[3].save("times.cfg", "right\n")
    cluster[1].sync()
    assert os.stat(cluster[1].mount / "times.cfg").st_mtime_ns > ahead
    assert cluster.same_everywhere()["times.cfg"] == b"right\n"
