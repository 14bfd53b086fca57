"""force-quorum: the last surviving node goes on, and what the others had is not lost in silence."""

from saving import save_soon


def force_quorum(host, answer, check=True):
    command = f"echo {answer} | {host.bin}/pmxctl cluster force-quorum"
    return host.execute("sh", "-c", command, check=check)


def wait_without_quorum(host):
    return host.wait_status("no quorum", lambda s: not s["writable"] and not s["quorate"])


def test_the_last_survivor_goes_on_when_it_is_told_to(formed):
    one, two, three = formed
    one.save("before.cfg", "1\n")
    two.lose_power()
    three.lose_power()
    wait_without_quorum(one)
    status = one.wait_status(
        "who is missing", lambda status: "Missing: n2 (gone for" in str(status["read_only_reason"])
    )
    assert "force-quorum" in status["read_only_reason"]

    refused = force_quorum(one, "no", check=False)
    assert refused.returncode == 1
    assert "The last change that this node has is of" in refused.stderr
    assert "nothing was changed" in refused.stderr
    assert not one.pmxctl_json("status")["writable"]

    force_quorum(one, "force-quorum")
    one.save("after.cfg", "2\n")

    two.power_on()
    three.power_on()
    formed.wait_together()
    tree = formed.same_everywhere()
    assert tree["before.cfg"] == b"1\n" and tree["after.cfg"] == b"2\n"
    formed[3].save("again.cfg", "3\n")
    # Who came back by a snapshot has the mark too.
    mark = "quorum was forced on n1: the cluster goes on without n2 and n3"
    for host in formed:
        assert mark in host.read(".clusterlog")


def test_what_a_survivor_that_was_behind_lacked_is_listed(formed):
    one, two, three = formed
    one.save("both.cfg", "old\n")
    formed.switch.cut(1)
    wait_without_quorum(one)
    save_soon(two, "both.cfg", "of the majority\n")
    two.save("gone.cfg", "of the majority\n")
    two.lose_power()
    three.lose_power()
    formed.switch.heal(1)
    one.pmxctl("cluster", "force-quorum", "--yes")
    assert one.read("both.cfg") == "old\n"
    one.save("mine.cfg", "of the survivor\n")

    two.power_on()
    three.power_on()
    formed.wait_together()
    tree = formed.same_everywhere()
    assert tree["both.cfg"] == b"old\n" and "gone.cfg" not in tree
    assert tree["mine.cfg"] == b"of the survivor\n"
    listed = one.conflicts()
    assert {c["changes"][0]["path"] for c in listed} == {"both.cfg", "gone.cfg"}
    assert all(sorted(c["listed_on"]) == [2, 3] for c in listed)
