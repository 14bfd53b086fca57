"""What would harm is refused, with what to do, and nothing is changed."""

import json

import pytest
from support.waiting import wait_until

FAILED, USAGE = 1, 2


@pytest.fixture
def installs(make_installs):
    return make_installs(2)


def refused(host, *command, code=FAILED):
    done = host.pmxctl("cluster", *command, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stderr


def test_init(installs):
    one = installs[1]
    address = ("--address", "10.77.0.1")
    assert "does not run" in refused(one, "init", "lab", *address)
    one.start()
    assert "--address is missing" in refused(one, "init", "lab", code=USAGE)
    assert "letters" in refused(one, "init", "my lab", *address, code=USAGE)
    for wrong in ("127.0.0.1", "n1", "0.0.0.0", "::1", "224.0.0.1"):
        assert "no IP address" in refused(one, "init", "lab", "--address", wrong, code=USAGE)
    assert "no address of this node" in refused(one, "init", "lab", "--address", "10.77.0.2")
    assert "install corosync first" in refused(
        one, "init", "lab", *address, "--corosync-dir", "/nowhere"
    )
    assert not (one.mount / "corosync.conf").exists()

    conf = installs.corosync_directory(one) / "corosync.conf"
    before = conf.read_text()
    conf.write_text(
        before.replace("version: 2", "version: 2\n config_version: 1").replace(
            "nodelist {", "nodelist {\nnode {\nname: a\nnodeid: 7\nring0_addr: 10.9.9.9\n}\n"
        )
    )
    assert "cluster of 2 nodes, debian" in refused(one, "init", "lab", *address)
    conf.write_text(before)

    one.pmxctl("cluster", "init", "lab", *address)
    assert (installs.corosync_directory(one) / "corosync.conf.old").read_text() == before
    installs.start_services(one)
    assert "already" in refused(one, "init", "lab", *address)


def test_add(installs):
    one = installs[1]
    one.start()
    assert "cluster init" in refused(one, "add", "n2", "--address", "10.77.0.2")
    one.stop()
    installs.init()
    two = ("--address", "10.77.0.2")
    assert "letters" in refused(one, "add", "n_2", *two, code=USAGE)
    assert "n1" in refused(one, "add", "n2", "--address", "10.77.0.1")
    assert "n1' is in the cluster already" in refused(one, "add", "n1", *two)
    assert "must this one" in refused(one, "add", "n2", *two, "--link1", "10.78.0.2")
    (one.directory / "run/taken").write_text("x")
    assert "taken" in refused(one, "add", "n2", *two, "--output", "/run/taken")
    text = (one.mount / "corosync.conf").read_text()
    assert "n2" not in text

    one.pmxctl("cluster", "add", "n2", *two, "--output", "/run/join")
    join = one.directory / "run/join"
    assert join.stat().st_mode & 0o7777 == 0o600
    again = json.loads(one.pmxctl("--json", "cluster", "add", "n2", *two).stdout)
    assert again == json.loads(join.read_text())
    assert "10.77.0.2" in refused(one, "add", "n2", "--address", "10.77.0.9")
    assert "n2" in refused(one, "add", "n3", *two)


def test_join(installs):
    one, two = installs[1], installs[2]
    installs.init()
    installs.add(2)
    good = json.loads((two.directory / "run/join").read_text())

    def refused_with(document):
        (two.directory / "run/wrong").write_text(document)
        return refused(two, "join", "/run/wrong")

    assert "no join file" in refused_with("nonsense")
    assert "no join file" in refused_with(json.dumps(json.loads("{}")))
    assert "another version" in refused_with(json.dumps({**good, "pmxcfs_lite_join": 2}))
    assert "newer" in refused_with(json.dumps({**good, "level": 99}))
    assert "cluster" in refused_with(json.dumps({**good, "cluster": {"name": "x", "id": "00"}}))
    assert "without node" in refused_with(json.dumps({**good, "node": {"name": "n9", "id": 9}}))
    assert "this node has not" in refused_with(json.dumps({**good, "node": {"name": "n1", "id": 1}}))

    two.start()
    (two.mount / "mine.cfg").write_text("mine\n")
    assert "stop pmxcfs-lite first" in refused(two, "join", "/run/join")
    two.stop()
    message = refused(two, "join", "/run/join")
    assert "has files" in message and "--discard-my-files" in message
    assert not (installs.corosync_directory(two) / "authkey").exists()

    done = two.pmxctl("--json", "cluster", "join", "/run/join", "--discard-my-files")
    aside = json.loads(done.stdout)["set_aside"]
    assert aside.startswith("/var/lib/pmxcfs-lite/replaced-")
    assert two.execute("sqlite3", f"{aside}/store.db", "select count(*) from inode").stdout != "0\n"
    installs.start_services(two)
    installs.wait_in_step(two)
    assert not (two.mount / "mine.cfg").exists()
    assert (two.mount / "corosync.conf").exists()


def test_remove(installs):
    one, two = installs[1], installs[2]
    one.start()
    assert "in no cluster" in refused(one, "remove", "n2")
    one.stop()
    installs.init()
    installs.add(2)
    installs.join(2)
    assert "itself" in refused(one, "remove", "n1")
    assert "no node 'n3'" in refused(one, "remove", "n3")
    assert "nothing to force" in refused(one, "force-quorum", "--yes")
    done = json.loads(one.pmxctl("--json", "cluster", "remove", "n2").stdout)
    assert done["still_runs"] is True
    installs.wait_votes(1, (1, 1, True))
    # It would go on alone otherwise: its own corosync.conf has two_node.
    wait_until("corosync to end on n2", lambda: not two.corosync.alive())
    two.wait_status("read-only", lambda status: not status["writable"])
    wait_until("the reason", lambda: "removed from the cluster" in two.daemon.log())
    installs.wait_in_step(one)
    (one.mount / "alone.cfg").write_text("writable\n")
