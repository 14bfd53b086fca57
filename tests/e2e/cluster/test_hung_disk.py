"""A disk that hangs: nobody else waits for it, and its node comes back by itself."""

import errno

import pytest
from saving import save_soon


def with_a_disk_of_its_own(host):
    """Its database, so that its disk can hang while the others' do not."""
    image = host.directory / "disk.img"
    host.run("truncate", "--size=128M", image)
    host.run("mkfs.ext4", "-q", image)
    host.run("mount", "-o", "loop", image, "/var/lib/pmxcfs-lite")


@pytest.mark.parametrize("who", ["leader", "follower"])
def test_a_disk_that_hangs_holds_up_nobody_else(make_cluster, who):
    cluster = make_cluster(3)
    for host in cluster:
        with_a_disk_of_its_own(host)
    cluster.start().wait_together()
    leader = cluster.leader()
    hung = leader if who == "leader" else next(host for host in cluster if host is not leader)
    left = [host for host in cluster if host is not hung]
    hung.run("fsfreeze", "--freeze", "/var/lib/pmxcfs-lite")
    try:
        # No save waits until its time is over (EIO); and none is refused but while, on a slow
        # machine, the others take long to agree that they go on without that disk.
        for host in left:
            save_soon(host, "meanwhile.cfg", f"{host.name}\n", refusals=[errno.EROFS])
        for i in range(100):
            left[i % 2].save("meanwhile.cfg", f"{i}\n")
    finally:
        hung.run("fsfreeze", "--unfreeze", "/var/lib/pmxcfs-lite")
    cluster.wait_together()
    assert cluster.same_everywhere()["meanwhile.cfg"] == b"99\n"
    hung.save("meanwhile.cfg", "its own\n")
    left[0].sync()
    assert left[0].read("meanwhile.cfg") == "its own\n"
