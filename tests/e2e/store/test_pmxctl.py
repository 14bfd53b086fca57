"""pmxctl against a running store: what it prints, what it changes, who may, and its exit codes."""

import errno
import grp
import hashlib
import json
import os
import pwd
import time

import pytest
from running_store import is_mounted

OK, FAILED, USAGE, REFUSED = 0, 1, 2, 3


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def as_user(name):
    """subprocess.run's options for a user with that user's groups."""
    entry = pwd.getpwnam(name)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def test_status_of_a_fresh_store(store):
    status = store.pmxctl_json("status")
    assert status["mode"] == "one-node"
    assert status["writable"] is True
    assert status["read_only_reason"] is None
    assert status["damage"] is None
    assert status["mount"] == str(store.mount)
    assert status["view"] is not None
    assert status["node"]["name"] == os.uname().nodename.split(".")[0]
    assert status["usage"]["max_bytes"] == 512 << 20
    (node,) = status["nodes"]
    assert node["this"] and node["online"] and node["name"] == status["node"]["name"]
    assert status["conflicts"] == 0
    text = store.pmxctl("status").stdout
    assert "writable" in text
    assert str(store.mount) in text


def test_members_of_a_node_alone(store):
    members = json.loads((store.mount / ".members").read_text())
    assert members["nodename"] == store.pmxctl_json("status")["node"]["name"]
    assert "nodelist" not in members
    assert json.loads((store.mount / ".version").read_text())["clinfo"] == members["version"]


def test_nothing_has_lost_out_on_a_node_alone(store):
    assert store.pmxctl_json("conflicts")["conflicts"] == []
    assert "nothing has lost out" in store.pmxctl("conflicts", "list").stdout
    done = store.pmxctl("conflicts", "show", "12345678", check=False)
    assert done.returncode == FAILED
    assert store.pmxctl_json("conflicts", "forget", "--all") ["forgotten"] == 0


def test_log_tells_who_changed_what(store):
    path = store.mount / "storage.cfg"
    write(path, "abc")
    index = store.pmxctl_json("stat", "storage.cfg")["version"]
    for name in ("storage.cfg", path, "/storage.cfg"):
        done = store.pmxctl("--json", "log", name, check=False)
        if name == "/storage.cfg":
            assert done.returncode == FAILED  # not below the mount
            continue
        newest = json.loads(done.stdout)["changes"][0]
        assert newest["index"] == index
        assert newest["path"] == "storage.cfg"
        assert newest["node_name"] == store.pmxctl_json("status")["node"]["name"]
        assert newest["size"] == 3
        assert newest["uid"] == os.getuid()
        assert newest["pid"] == os.getpid()
        with open("/proc/self/comm", encoding="utf-8") as comm:
            assert newest["program"] == comm.read().strip()
        assert abs(newest["time_ns"] / 1e9 - time.time()) < 600
    text = store.pmxctl("log", path).stdout
    assert "storage.cfg" in text
    assert str(index) in text


def test_log_keeps_what_was_removed_and_renamed(store):
    write(store.mount / "a", "1")
    (store.mount / "a").rename(store.mount / "b")
    (store.mount / "b").unlink()
    changes = store.pmxctl_json("log", "-n", "3")["changes"]
    assert [change["change"] for change in changes] == ["removed", "renamed", "created"]
    assert (changes[1]["old_path"], changes[1]["path"]) == ("a", "b")
    older = store.pmxctl_json("log", "--before", changes[1]["index"], "-n", 1)["changes"]
    assert older == [changes[2]]


def test_log_of_a_directory_is_of_all_below(store):
    (store.mount / "d").mkdir()
    write(store.mount / "d" / "x", "1")
    write(store.mount / "dx", "1")
    paths = {change["path"] for change in store.pmxctl_json("log", "d")["changes"]}
    assert paths == {"d", "d/x"}


def test_log_survives_a_restart(store):
    write(store.mount / "a", "1")
    before = store.pmxctl_json("log")["changes"]
    store.kill9()
    store.start()
    assert store.pmxctl_json("log")["changes"][-len(before) :] == before


def test_a_transaction_is_one_change(store, tmp_path):
    write(store.mount / "notifications.cfg", "# nobody yet\n")
    version = store.pmxctl_json("stat", "notifications.cfg")["version"]
    write(tmp_path / "secret", b"\x00\xff")
    done = store.pmxctl(
        *("txn", "--expect", f"notifications.cfg={version}"),
        *("--expect", "priv/notifications.cfg=absent"),
        *("--put", "notifications.cfg=-", "--put", f"priv/notifications.cfg={tmp_path}/secret"),
        input="sendmail: here\n\tmailto root@localhost\n",
    )
    index = int(done.stdout.removeprefix("index "))
    assert (store.mount / "priv/notifications.cfg").read_bytes() == b"\x00\xff"
    assert (store.mount / "notifications.cfg").read_text().startswith("sendmail: here\n")
    for path in ("notifications.cfg", "priv/notifications.cfg"):
        assert store.pmxctl_json("stat", path)["version"] == index


def test_a_transaction_that_expected_something_else_changes_nothing(store):
    write(store.mount / "a", "theirs")
    version = store.pmxctl_json("stat", "a")["version"]
    document = {
        "expect": [{"path": "a", "sha256": hashlib.sha256(b"mine").hexdigest()}],
        "edits": [{"write": "b", "content": "x"}, {"remove": "a"}],
    }
    done = store.pmxctl("txn", "-", input=json.dumps(document), check=False)
    assert done.returncode == FAILED
    assert hashlib.sha256(b"theirs").hexdigest() in done.stderr
    done = store.pmxctl("txn", "--remove", "a", "--expect", f"a={version + 1}", check=False)
    assert done.returncode == FAILED
    assert f"found version {version}" in done.stderr
    assert (store.mount / "a").read_text() == "theirs"
    assert not (store.mount / "b").exists()


def test_a_transaction_that_fails_in_the_middle_changes_nothing(store):
    document = {"edits": [{"mkdir": "d"}, {"write": "d/f", "content": "x"}, {"remove": "absent"}]}
    done = store.pmxctl("--json", "txn", "-", input=json.dumps(document), check=False)
    assert done.returncode == FAILED
    assert json.loads(done.stdout)["error"]["code"] == "not_found"
    assert not (store.mount / "d").exists()


def test_an_open_file_sees_a_transaction_only_when_it_is_read_again(store):
    write(store.mount / "a", "before")
    with open(store.mount / "a", encoding="utf-8") as reader:
        store.pmxctl("txn", "--put", "a=-", input="behind")
        assert reader.read() == "before"
        reader.seek(0)
        assert reader.read() == "behind"


def test_locks_are_listed_with_their_holder(store):
    assert "no locks" in store.pmxctl("lock", "list").stdout
    (store.mount / "priv/lock/file-storage_cfg").mkdir()
    (lock,) = store.pmxctl_json("lock", "list")["locks"]
    assert lock["name"] == "file-storage_cfg"
    assert lock["node"] == store.pmxctl_json("status")["node"]["id"]
    assert "file-storage_cfg" in store.pmxctl("lock", "list").stdout
    (store.mount / "priv/lock/file-storage_cfg").rmdir()
    assert store.pmxctl_json("lock", "list")["locks"] == []


def test_log_messages_are_in_the_cluster_log(store):
    store.pmxctl("log-message", "--ident", "tester", "--user", "anna", "hello from the test")
    text = (store.mount / ".clusterlog").read_text()
    assert "hello from the test" in text
    assert "tester" in text
    assert "anna" in text


def test_sync_returns(store):
    store.pmxctl("sync", "--timeout", "20")


def test_problems_are_told_with_their_line(store):
    assert store.pmxctl("problems").stdout == "no problems\n"
    write(store.mount / "notifications.cfg", "sendmail: me\n\tmailto root@pam\nwhat is this\n")
    done = store.pmxctl("problems", check=False)
    assert done.returncode == FAILED
    assert done.stdout.startswith("notifications.cfg:3:")


def test_the_group_may_read_but_not_change_and_sees_nothing_private(store):
    write(store.mount / "priv/secret", "s")
    (store.mount / "priv/lock/hidden-lock").mkdir()
    write(store.mount / "open", "o")
    reader = as_user("www-data")
    readable = (["status"], ["log"], ["--json", "status"], ["--json", "log"])
    for args in (*readable, ["sync"], ["conflicts"]):
        done = store.pmxctl(*args, check=False, **reader)
        assert done.returncode == OK, done.stderr
        assert "secret" not in done.stdout
        assert "hidden-lock" not in done.stdout
    for args in (
        ["txn", "--put", "open=-"],
        ["log-message", "x"],
        ["lock", "list"],
        ["recover"],
        ["conflicts", "forget", "--all"],
        ["log", "priv"],
        ["stat", "priv/secret"],
    ):
        done = store.pmxctl(*args, check=False, input="changed", **reader)
        assert done.returncode == REFUSED, args
    assert (store.mount / "open").read_text() == "o"


def test_others_may_not_ask_at_all(store):
    assert "nobody" not in grp.getgrnam("www-data").gr_mem
    done = store.pmxctl("status", check=False, **as_user("nobody"))
    assert done.returncode == REFUSED
    assert "root" in done.stderr


def test_wrong_usage(store):
    for args in (["dance"], ["log", "a", "b"], ["txn"], ["sync", "--timeout", "soon"]):
        assert store.pmxctl(*args, check=False).returncode == USAGE


def test_without_a_daemon_it_says_so(make_store):
    store = make_store()
    done = store.pmxctl("status", check=False)
    assert done.returncode == FAILED
    assert "does not run" in done.stderr


def test_fsck_is_for_a_stopped_store(store):
    write(store.mount / "a", "1")
    done = store.fsck()
    assert done.returncode == FAILED
    assert "stop it" in done.stderr
    store.kill9()
    done = store.fsck()
    assert done.returncode == OK, done.stdout
    store.start_writable()
    store.stop()
    report = store.pmxctl_json("fsck", "--state", store.state)
    assert report["clean"] is True
    assert report["files"] >= 1


def test_recover_without_damage(store):
    assert store.pmxctl_json("recover", "--confirm") == {"damage": None, "confirmed": False}
    store.stop()
    assert "nothing is damaged" in store.pmxctl("recover", "--state", store.state).stdout


@pytest.mark.parametrize("busy", [False, True])
def test_sigterm_ends_it(store, busy):
    write(store.mount / "a", "1")
    holder = open(store.mount / "a", "rb") if busy else None
    assert store.stop() == 0
    assert not is_mounted(store.mount)
    assert not (store.run / "control.sock").exists()
    if holder:
        # A reader may hold locks, which the daemon is asked to let go.
        with pytest.raises(OSError) as error:
            holder.close()
        assert error.value.errno == errno.ENOTCONN
