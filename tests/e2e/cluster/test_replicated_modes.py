"""A mode that one node sets is in force on all, whoever was away meanwhile."""

import os
import stat


def mode(host, path):
    return stat.S_IMODE(os.lstat(host.mount / path).st_mode)


def test_a_mode_is_in_force_on_every_node(formed):
    one, two, three = formed
    for host in formed:
        host.wait_status("the level", lambda status: status["level"] >= 2)
    one.save("secret.cfg", "hush\n")
    one.pmxctl("sync")
    three.lose_power()
    os.chmod(two.mount / "secret.cfg", 0o600)
    os.chown(two.mount / "secret.cfg", 0, 0)
    three.power_on()
    formed.wait_together()
    formed.same_everywhere()
    for host in formed:
        host.pmxctl("sync")
        assert mode(host, "secret.cfg") == 0o600
        assert os.stat(host.mount / "secret.cfg").st_gid == 0
    os.rename(three.mount / "secret.cfg", three.mount / "priv/secret.cfg")
    os.rename(three.mount / "priv/secret.cfg", three.mount / "again.cfg")
    one.pmxctl("sync")
    assert mode(one, "again.cfg") == 0o600
