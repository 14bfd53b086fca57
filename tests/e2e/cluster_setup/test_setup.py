"""From fresh installs to a cluster, with the commands that an administrator gives."""

import json
import re

from support.waiting import wait_until


def conf_of(installs, number):
    path = installs.corosync_directory(installs[number]) / "corosync.conf"
    return path.read_text(encoding="utf-8")


def version_of(text):
    return int(re.search(r"config_version: (\d+)", text).group(1))


def wait_conf(installs, number, version):
    wait_until(
        f"config_version {version} on n{number}",
        lambda: version_of(conf_of(installs, number)) == version,
    )


def test_three_commands_make_two_installs_a_cluster(make_installs):
    installs = make_installs(2)
    one, two = installs[1], installs[2]
    one.start()
    (one.mount / "kept.cfg").write_text("from before\n")

    done = one.pmxctl("cluster", "init", "lab", "--address", "10.77.0.1")
    assert "systemctl restart corosync" in done.stdout
    installs.start_services(one)
    installs.wait_in_step(one)
    assert (one.mount / "kept.cfg").read_text() == "from before\n"
    installs.wait_votes(1, (1, 1, True))

    join = one.pmxctl("cluster", "add", "n2", "--address", "10.77.0.2")
    assert "cluster's key" in join.stderr
    (two.directory / "run/join").write_text(join.stdout)
    installs.wait_votes(1, (1, 2, True))  # it goes on alone until the other comes
    (one.mount / "meanwhile.cfg").write_text("saved while n2 was not there\n")

    two.pmxctl("cluster", "join", "/run/join")
    installs.start_services(two)
    installs.wait_in_step(two)
    for host in (one, two):
        installs.wait_votes(host.number, (2, 2, True))
        assert (host.mount / "kept.cfg").read_text() == "from before\n"
        assert (host.mount / "meanwhile.cfg").read_text() == "saved while n2 was not there\n"
    (two.mount / "other.cfg").write_text("from n2\n")
    one.sync()
    assert (one.mount / "other.cfg").read_text() == "from n2\n"

    conf = conf_of(installs, 2)
    assert conf == conf_of(installs, 1) == (one.mount / "corosync.conf").read_text()
    assert "two_node: 1" in conf and "wait_for_all: 1" in conf
    for number in (1, 2):
        key = installs.corosync_directory(installs[number]) / "authkey"
        assert key.stat().st_mode & 0o7777 == 0o400
        assert key.stat().st_size == 256


def test_a_third_comes_and_goes(make_installs):
    installs = make_installs(3)
    installs.init()
    installs.add(2)
    installs.join(2)
    one, two, three = (installs[number] for number in (1, 2, 3))

    installs.add(3, on=2)
    for number in (1, 2):
        wait_conf(installs, number, 3)
        installs.wait_votes(number, (2, 3, True))
    installs.join(3)
    for number in (1, 2, 3):
        installs.wait_votes(number, (3, 3, True))
    assert "two_node" not in conf_of(installs, 1)
    (three.mount / "x.cfg").write_text("from n3\n")
    one.sync()
    assert (one.mount / "x.cfg").read_text() == "from n3\n"
    assert {voter["node"] for voter in wait_voters(one, 3)} == {1, 2, 3}

    three.stop()
    three.corosync.stop()
    installs.wait_votes(1, (2, 3, True))
    done = one.pmxctl("cluster", "remove", "n3")
    assert "systemctl disable corosync pmxcfs-lite" in done.stdout
    for number in (1, 2):
        wait_conf(installs, number, 4)
        installs.wait_votes(number, (2, 2, True))
    assert {voter["node"] for voter in wait_voters(one, 2)} == {1, 2}
    assert "two_node: 1" in conf_of(installs, 2)
    (two.mount / "y.cfg").write_text("still writable\n")

    # It is who it was, so it comes back with what it has, and catches up.
    installs.add(3)
    installs.join(3)
    assert (three.mount / "y.cfg").read_text() == "still writable\n"


def wait_voters(host, count):
    status = host.wait_status("voters", lambda status: len(status["voters"]) == count)
    return status["voters"]


def test_a_dead_node_is_noticed_soon(make_installs):
    """Within two seconds, by what corosync is told; how long that takes here is this machine's."""
    installs = make_installs(3)
    installs.init()
    for number in (2, 3):
        installs.add(number)
        installs.join(number)
    for number in (1, 2, 3):
        installs.wait_votes(number, (3, 3, True))
    # The silence after which a node is missed, and what the others take to agree.
    assert totem_ms(installs[1], "token") + totem_ms(installs[1], "consensus") < 2000
    installs.cluster.switch.cut(3)
    installs.wait_votes(1, (2, 3, True))


def totem_ms(host, name):
    """What corosync goes by; None while it does not answer."""
    key = f"runtime.config.totem.{name}"
    shown = host.execute("corosync-cmapctl", "-g", key, check=False).stdout
    found = re.search(r" = (\d+)", shown)
    return int(found.group(1)) if found else None


def test_a_change_in_the_mount_is_put_into_effect_everywhere(make_installs):
    installs = make_installs(2)
    installs.init()
    installs.add(2)
    installs.join(2)
    one, two = installs[1], installs[2]
    text = (two.mount / "corosync.conf").read_text()
    version = version_of(text)

    # Wrong: said at once, and put into effect nowhere.
    (one.mount / "corosync.conf").write_text(text.replace("nodeid: 2", "nodeid: 1"))
    two.sync()
    assert "nodeid 1 is there twice" in (two.mount / ".problems").read_text()
    wait_until("a warning", lambda: "nodeid 1 is there twice" in two.daemon.log())

    # Right, but its version has not grown.
    (one.mount / "corosync.conf").write_text(text.replace("token: 800", "token: 850"))
    wait_until("a warning", lambda: "has not grown" in two.daemon.log())
    assert conf_of(installs, 1) == conf_of(installs, 2) == text

    grown = text.replace("token: 800", "token: 850")
    grown = grown.replace(f"config_version: {version}", f"config_version: {version + 1}")
    (two.mount / "corosync.conf").write_text(grown)
    for number in (1, 2):
        wait_until("the new one", lambda: conf_of(installs, number) == grown)
        wait_until("corosync to know", lambda: totem_ms(installs[number], "token") == 850)


def test_a_node_that_was_off_meanwhile_is_brought_up_to_date_by_its_join_file(make_installs):
    installs = make_installs(4)
    installs.init()
    for number in (2, 3):
        installs.add(number)
        installs.join(number)
    three = installs[3]
    three.stop()
    three.corosync.stop()
    installs.add(4)
    installs.join(4)
    (installs[4].mount / "new.cfg").write_text("1\n")

    again = installs[1].pmxctl("--json", "cluster", "add", "n3", "--address", "10.77.0.3",
                               "--output", f"{installs[1].directory}/run/again")
    assert json.loads(again.stdout)["added"] is False
    join = (installs[1].directory / "run/again").read_text()
    (three.directory / "run/join").write_text(join)
    three.pmxctl("cluster", "join", "/run/join")  # nothing is set aside: it is that member
    installs.start_services(three)
    installs.wait_in_step(three)
    assert (three.mount / "new.cfg").read_text() == "1\n"


def test_the_configuration_is_mended_where_the_mount_cannot_be_written(make_installs):
    installs = make_installs(2)
    installs.init()
    installs.add(2)
    one = installs[1]
    before = version_of((one.mount / "corosync.conf").read_text())
    wait_conf(installs, 1, before)
    editor = one.directory / "run/editor"
    editor.write_text("#!/bin/sh\nsed -i 's/token: 800/token: 900/' \"$1\"\n")
    editor.chmod(0o755)
    done = one.execute("env", "EDITOR=/run/editor", one.bin / "pmxctl", "corosync-conf", "edit")
    assert "corosync has read it" in done.stdout
    text = conf_of(installs, 1)
    assert "token: 900" in text
    assert version_of(text) == before + 1
    editor.write_text("#!/bin/sh\necho nonsense > \"$1\"\n")
    done = one.execute(
        "env", "EDITOR=/run/editor", one.bin / "pmxctl", "corosync-conf", "edit", check=False
    )
    assert done.returncode == 1
    assert "corosync.conf:1:" in done.stderr
    assert conf_of(installs, 1) == text


def grown(text, what, instead):
    """The text with one thing changed, and the next config_version."""
    assert what in text
    version = version_of(text)
    text = text.replace(f"config_version: {version}", f"config_version: {version + 1}")
    return text.replace(what, instead, 1)


MISTAKES = {
    "a name that does not resolve": ("10.77.0.2", "pve2.example.invalid", "pve2.example.invalid"),
    "a cipher that there is not": ("aes256", "aes257", "Invalid cipher"),
    "a unit": ("token: 800", "token: 10s", "totem.token"),
    "a transport that there is not": ("transport: knet", "transport: pigeon", "Invalid transport"),
    "a hash that there is not": ("sha256", "sha255", "Invalid hash"),
    "a word for a number": ("wait_for_all: 1", "wait_for_all: yes", "wait_for_all"),
    "no address": ("ring0_addr: 10.77.0.2", "ring9_addr: 10.77.0.2", "ring0_addr"),
    "a node id twice": ("nodeid: 2", "nodeid: 1", "nodeid 1 is there twice"),
    "node id 0": ("nodeid: 2", "nodeid: 0", "nodeid"),
    "a brace too few": ("nodelist {", "nodelist {\n  node {", "not closed"),
}


def test_what_corosync_does_not_accept_is_put_into_effect_nowhere(make_installs):
    installs = make_installs(2)
    installs.init()
    installs.add(2)
    installs.join(2)
    one, two = installs[1], installs[2]
    text = (two.mount / "corosync.conf").read_text()
    for name, (what, instead, words) in MISTAKES.items():
        (one.mount / "corosync.conf").write_text(grown(text, what, instead))
        for host in (one, two):
            said = lambda: [
                line
                for line in (host.mount / ".problems").read_text().splitlines()
                if "not put into effect" in line and words in line
            ]
            wait_until(f"{name} to be refused on {host.name}", said)
            line = said()[0]
            wait_until("the journal to say so", lambda: line in host.daemon.log())
    for number in (1, 2):
        assert conf_of(installs, number) == text
        # As after a power cut: what is installed is what corosync starts with.
        installs[number].corosync.kill9()
    for number in (1, 2):
        installs[number].start_corosync()
    installs.wait_votes(1, (2, 2, True))

    # A right one is put into effect, and the problem is over.
    right = grown(text, "token: 800", "token: 850")
    (one.mount / "corosync.conf").write_text(right)
    for number in (1, 2):
        wait_until("the new one", lambda: conf_of(installs, number) == right)
    wait_until("no problem", lambda: (two.mount / ".problems").read_text() == "")


def test_a_nodes_own_keys_stay_its_own(make_installs):
    installs = make_installs(2)
    installs.init()
    installs.add(2)
    installs.join(2)
    one, two = installs[1], installs[2]
    text = (two.mount / "corosync.conf").read_text()
    hostile = grown(text, "token: 800", "token: 850") + (
        "logging {\n  to_logfile: yes\n  logfile: /etc/written\n}\n"
        "resources {\n  watchdog_device: /etc/written\n}\n"
    )
    (one.mount / "corosync.conf").write_text(hostile)
    for number in (1, 2):
        wait_until("corosync to know", lambda: totem_ms(installs[number], "token") == 850)
        assert "written" not in conf_of(installs, number)
        assert not (installs[number].etc / "written").exists()
    assert "each node's own file only" in (two.mount / ".problems").read_text()
