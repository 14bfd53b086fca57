"""Who may do what, judged by the local user that the kernel names."""

import json
import os
import pwd
import socket
import struct

import pytest

pytestmark = pytest.mark.needs_root

NOBODY = pwd.getpwnam("nobody").pw_uid

TARGETS = """sendmail: ops
\tmailto ops@example.com

sendmail: other
\tmailto other@example.com

sendmail: filtered
\tmailto f@example.com
\tfilter loud

group: both
\tendpoint ops
\tendpoint other

filter: loud
\tmin-severity info
"""


def users(*acl):
    lines = ["user:root@pam:1:0::::::", "user:nobody@pam:1:0::::::"]
    lines += ["user:alice@pve:1:0::::::", "token:alice@pve!ci:0:0::"]
    return "\n".join(lines + list(acl)) + "\n"


def grant(path, role, user="nobody@pam", propagate=1):
    return f"acl:{propagate}:{path}:{user}:{role}:"


@pytest.fixture
def served(notifier):
    notifier.write("notifications.cfg", TARGETS)
    notifier.write("users.cfg", users())
    return notifier.start()


def send_to(notifier, target, *words, user=NOBODY):
    return notifier.notify(
        "send", "--type", "x", "--title", "t", "--target", target, *words, user=user
    )


def test_without_a_privilege_a_target_is_refused(served):
    done = send_to(served, "ops")
    assert done.returncode == 3 and done.stdout == ""
    assert "/mapping/notification/ops" in done.stderr and "Mapping.Use" in done.stderr
    assert served.history() == [] and served.mail_files() == []


def test_mail_to_root_needs_none(served):
    done = served.notify("send", "--type", "x", "--title", "t", "--wait", user=NOBODY)
    assert done.returncode == 0, done.stderr
    assert served.history()[0]["caller"] == "nobody@pam"


def test_a_group_needs_the_group_and_every_member(served):
    base = "/mapping/notification/"
    served.write("users.cfg", users(grant(base + "ops", "PVEMappingUser")))
    assert send_to(served, "ops").returncode == 0
    assert send_to(served, "both").returncode == 3
    entries = [grant(base + name, "PVEMappingUser") for name in ["ops", "both"]]
    served.write("users.cfg", users(*entries))
    done = send_to(served, "both")
    assert done.returncode == 3 and "/mapping/notification/other" in done.stderr
    entries.append(grant(base + "other", "PVEMappingUser"))
    served.write("users.cfg", users(*entries))
    assert send_to(served, "both").returncode == 0


def test_a_filter_in_play_needs_it_too(served):
    base = "/mapping/notification/"
    served.write("users.cfg", users(grant(base + "filtered", "PVEMappingUser")))
    done = send_to(served, "filtered")
    assert done.returncode == 3 and base + "loud" in done.stderr
    served.write("users.cfg", users(grant("/mapping", "PVEMappingUser")))
    assert send_to(served, "filtered").returncode == 0


def test_only_root_acts_for_others(served):
    done = send_to(served, "ops", "--as", "alice@pve")
    assert done.returncode == 3
    done = send_to(served, "ops", "--as", "root@pam")
    assert done.returncode == 3
    done = send_to(served, "ops", "--as", "alice@pve", user=0)
    assert done.returncode == 3 and "/mapping/notification/ops" in done.stderr
    served.write("users.cfg", users(grant("/", "PVEMappingUser", "alice@pve")))
    assert send_to(served, "ops", "--as", "alice@pve!ci", user=0).returncode == 0
    assert served.history()[0]["caller"] == "alice@pve!ci"


def test_a_test_needs_one_of_three(served):
    assert served.notify("test", "ops", user=NOBODY).returncode == 3
    for role in ["PVEAuditor", "PVEMappingUser", "PVEMappingAdmin"]:
        served.write("users.cfg", users(grant("/mapping/notification/ops", role)))
        assert served.notify("test", "ops", user=NOBODY).returncode == 0
    assert served.notify("test", "mail-to-root", user=NOBODY).returncode == 0


def test_explain_asks_for_the_same_as_send(served):
    words = ["explain", "--type", "x", "--title", "t", "--target", "ops"]
    assert served.notify(*words, user=NOBODY).returncode == 3
    assert served.notify(*words).returncode == 0


def test_reading_needs_audit(served):
    event = served.send("--type", "x", "--title", "t", "--target", "ops", "--wait=120")
    done = served.notify("targets", user=NOBODY)
    assert done.returncode == 3 and "Mapping.Audit" in done.stderr
    assert served.ask("history", user=NOBODY)["deliveries"] == []
    served.write("users.cfg", users(grant("/mapping/notification/ops", "PVEAuditor")))
    names = [target["name"] for target in served.ask("targets", user=NOBODY)["targets"]]
    assert names == ["mail-to-root", "ops"]
    assert [row["event"] for row in served.ask("history", user=NOBODY)["deliveries"]] == [event]


def test_what_others_sent_is_not_retried(served):
    (served.mails / "fail").write_text("67")
    served.notify("send", "--type", "x", "--title", "t", "--wait")
    (row,) = served.history()
    assert row["state"] == "failed"
    assert served.notify("queue", "retry", row["delivery"], user=NOBODY).returncode != 0
    assert served.history()[0]["state"] == "failed"


def test_one_user_cannot_fill_the_queue(served):
    (served.mails / "fail").write_text("75")
    words = ["send", "--type", "x", "--title", "t"]
    for _ in range(100):
        assert served.notify(*words, user=NOBODY).returncode == 0
    done = served.notify(*words, user=NOBODY)
    assert done.returncode == 1 and "100" in done.stderr
    assert served.notify(*words).returncode == 0, "root is heard all the same"


def test_an_event_id_of_somebody_else(served):
    served.send("--type", "x", "--title", "t", "--event-id", "mine")
    done = served.notify("send", "--type", "x", "--title", "u", "--event-id", "mine", user=NOBODY)
    assert done.returncode == 1 and "mine" in done.stderr
    assert os.path.exists(served.run / "notify.sock")


def test_packages_that_others_report_are_told_again(served):
    data = served.directory / "packages.json"
    data.write_text(json.dumps({"updates": [{"name": "a", "new": "1"}]}))
    words = ["send", "--type", "package-updates", "--data", data]
    assert served.notify(*words, user=NOBODY).returncode == 0
    event = served.send(*words[1:], "--wait=120")
    assert served.states_of(event) == {"mail-to-root": "delivered"}


def test_history_is_shown_as_far_as_an_answer_can_hold_it(served):
    many = "\n".join(f"\tmailto {'x' * 60}{number}@example.org" for number in range(2000))
    served.write("notifications.cfg", f"sendmail: many\n{many}\n")
    for _ in range(140):
        served.send("--type", "x", "--title", "t", "--target", "many")
    assert len(served.history()) >= 50


@pytest.mark.parametrize("op", ["send", "explain"])
def test_brackets_without_end_do_not_end_the_daemon(served, op):
    brackets = b"[" * 1_000_000 + b"]" * 1_000_000
    request = b'{"op": "' + op.encode() + b'", "event": ' + brackets + b"}"
    with socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(120)
        caller.connect(str(served.run / "notify.sock"))
        caller.sendall(struct.pack("<I", len(request)) + request)
        assert b"too deep" in caller.recv(4096)
    assert served.process.poll() is None
