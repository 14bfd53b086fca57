"""The command line of pmx-notify."""

import pytest


def test_send_prints_the_id(notifier):
    notifier.start()
    done = notifier.notify("send", "--type", "x", "--title", "t", "--event-id", "my.event_1")
    assert (done.returncode, done.stdout) == (0, "my.event_1\n")
    done = notifier.notify("send", "--type", "x", "--title", "t", "--event-id", "my.event_1")
    assert (done.returncode, done.stdout) == (0, "my.event_1\n"), "the same event, once"
    assert len(notifier.history()) == 1
    ids = {notifier.send("--type", "x", "--title", "t") for _ in range(3)}
    assert len(ids) == 3


def test_wait_tells_of_a_delivery_that_failed(notifier):
    notifier.start()
    (notifier.mails / "fail").write_text("67")
    done = notifier.notify("send", "--type", "x", "--title", "t", "--wait")
    assert done.returncode == 1
    assert "mail-to-root" in done.stderr and "sendmail: refused for the test" in done.stderr
    assert notifier.history()[0]["state"] == "failed"
    (notifier.mails / "fail").write_text("75")
    done = notifier.notify("send", "--type", "x", "--title", "t", "--wait=1")
    assert done.returncode == 1 and "not delivered yet" in done.stderr
    assert notifier.history()[0]["state"] == "queued"


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["nonsense"],
        ["--nonsense", "send"],
        ["send"],
        ["send", "--type", "x"],
        ["send", "--type", "X y", "--title", "t"],
        ["send", "--type", "x", "--title", "t", "--severity", "fatal"],
        ["send", "--type", "x", "--title", "t", "--nonsense"],
        ["send", "--type", "x", "--title", "t", "surplus"],
        ["send", "--type", "x", "--title", "t", "--field", "no-equals"],
        ["send", "--type", "x", "--title", "t", "--body", "a", "--body-file", "/dev/null"],
        ["send", "--type", "x", "--title", "t", "--event-id", "bad id"],
        ["send", "--type", "x", "--title", "t", "--wait=soon"],
        ["send", "--type", "vzdump", "--data", "/nonexistent"],
        ["test"],
        ["test", "a", "b"],
        ["queue", "retry"],
        ["queue", "retry", "x"],
    ],
)
def test_bad_usage(notifier, words):
    notifier.start()
    done = notifier.notify(*words)
    assert done.returncode == 2 and done.stdout == "" and "pmx-notify" in done.stderr


@pytest.mark.parametrize(
    "event_type, data, complaint",
    [
        ("vzdump", "", "empty"),
        ("vzdump", "[]", "object"),
        ("vzdump", '{"guest-table": [', "JSON"),
        ("vzdump", '{"guest-table": [{"status": "ok"}]}', "guest-table[0]: member 'vmid'"),
        ("vzdump", '{"guest-table": [{"vmid": 1, "status": "ok", "size": -1}]}', "'size'"),
        ("package-updates", '{"updates": [{"name": "a"}]}', "updates[0]: member 'new'"),
        ("replication", '{"job-id": "1", "failure-count": "many"}', "'failure-count'"),
        ("fencing", "{}", "'node'"),
        ("mine", "[" * 100000, "JSON"),
    ],
)
def test_bad_data(notifier, event_type, data, complaint):
    notifier.start()
    done = notifier.notify("send", "--type", event_type, "--data", "-", text=data)
    assert done.returncode == 2 and complaint in done.stderr
    assert notifier.history() == []


def test_explain(notifier, gotify):
    notifier.write(
        "notifications.cfg",
        f"sendmail: ops\n\tmailto ops@example.com\n\tmailto-user gone@pve\n\n"
        f"gotify: phone\n\tserver {gotify.url}\n\tfilter loud\n\n"
        "filter: loud\n\tmin-severity error\n\n"
        "group: all\n\tendpoint ops\n\tendpoint phone\n",
    )
    notifier.write("priv/notifications.cfg", "gotify: phone\n\ttoken T\n")
    notifier.start("--mail-host", "testnode.example.com")
    words = ["explain", "--type", "x", "--title", "t", "--target", "all"]
    plan = notifier.ask(*words)
    assert plan["event"]["type"] == "x" and plan["event"]["severity"] == "info"
    ops, phone = plan["deliveries"]
    assert set(ops) >= {"target", "via", "deliver", "reason", "recipients", "skipped", "from"}
    assert (ops["target"], ops["via"], ops["deliver"]) == ("ops", "all", True)
    assert ops["recipients"] == ["ops@example.com"]
    assert ops["from"] == "root@testnode.example.com"
    assert ops["skipped"][0]["user"] == "gone@pve"
    assert (phone["target"], phone["deliver"]) == ("phone", False) and "loud" in phone["reason"]
    text = notifier.notify(*words).stdout
    assert "ops@example.com" in text and "gone@pve" in text
    assert notifier.history() == [] and notifier.mail_files() == [] and gotify.requests == []


def test_without_a_daemon(notifier):
    for words in [["targets"], ["queue"], ["history"], ["test", "x"]]:
        done = notifier.notify(*words)
        assert done.returncode == 1 and "pmx-notifyd does not run" in done.stderr


def test_help(notifier):
    for words in [["--help"], ["send", "--help"], ["queue", "-h"], ["--version"]]:
        done = notifier.notify(*words)
        assert done.returncode == 0 and "pmx-notify" in done.stdout and done.stderr == ""


def test_tables_cannot_steer_the_terminal(notifier):
    notifier.start()
    notifier.send("--type", "x", "--title", "a\x1b[31m\nb", "--wait")
    for words in [["history"], ["queue"], ["targets"]]:
        assert "\x1b" not in notifier.notify(*words).stdout
