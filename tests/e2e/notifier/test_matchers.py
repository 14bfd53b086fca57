"""Matchers: a configuration as a node of Proxmox VE 8.1 and later writes it, and what becomes of it."""

import base64
import time


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def of_a_current_node(url):
    return f"""sendmail: mail-to-root
\tauthor Proxmox VE
\tcomment Send mails to root@pam's email address
\tdisable false
\tmailto-user root@pam
\torigin modified-builtin

smtp: relay
\tdisable true
\tfrom-address pve@example.com
\tmailto ops@example.com
\tmode starttls
\tserver mail.example.com
\tusername pve1

webhook: hook
\tbody {encoded("{{ title }}")}
\theader name=X-Severity,value={encoded("{{ severity }}")}
\tmethod post
\tsecret name=token
\turl {url}/hook?t={{{{ url-encode secrets.token }}}}

matcher: default-matcher
\tcomment Route all notifications to mail-to-root
\tdisable true
\tmode all
\ttarget mail-to-root

matcher: backups
\tmatch-field exact:type=vzdump,replication
\tmatch-severity error
\ttarget hook
\ttarget relay

matcher: hosts
\tmatch-field regex:hostname=^test.+$
\tmatch-severity warning,unknown
\ttarget mail-to-root
"""


SECRETS = f"""smtp: relay
\tpassword p4ss word

webhook: hook
\tsecret name=token,value={encoded("S3cret")}
"""

NO_DEFAULT = "matcher: default-matcher\n\tdisable true\n\n"


def configure(notifier, text):
    notifier.write("notifications.cfg", text)
    notifier.write("priv/notifications.cfg", SECRETS)


def rows_of(notifier, *words):
    event = notifier.send("--title", "t", "--wait=120", *words)
    return {row["target"]: row for row in notifier.history() if row["event"] == event}


def test_a_configuration_of_a_current_node_works_unchanged(notifier, gotify):
    configure(notifier, of_a_current_node(gotify.url))
    notifier.start()
    answer = notifier.ask("targets")
    assert answer["problems"] == []
    types = {target["name"]: target["type"] for target in answer["targets"]}
    assert types == {"mail-to-root": "sendmail", "relay": "smtp", "hook": "webhook"}

    rows = rows_of(notifier, "--type", "replication", "--severity", "error")
    assert {name: row["state"] for name, row in rows.items()} == {
        "hook": "delivered", "relay": "skipped",
    }
    assert rows["relay"]["reason"] == "it is disabled"
    assert [request.path for request in gotify.requests] == ["/hook?t=S3cret"]

    assert list(rows_of(notifier, "--type", "x", "--severity", "warning")) == ["mail-to-root"]


def test_what_no_matcher_takes_is_in_the_history(notifier, gotify):
    configure(notifier, of_a_current_node(gotify.url))
    notifier.start()
    event = notifier.send("--type", "x", "--title", "t", "--severity", "info")
    (row,) = [row for row in notifier.history() if row["event"] == event]
    assert "no matcher takes it" in row["reason"]
    assert notifier.mail_files() == [] and gotify.requests == []


def test_explain_says_what_each_matcher_says(notifier, gotify):
    configure(notifier, of_a_current_node(gotify.url))
    notifier.start()
    done = notifier.notify("explain", "--type", "vzdump", "--title", "t", "--severity", "error",
                           json_output=True)
    assert done.returncode == 0 and "S3cret" not in done.stdout and "p4ss" not in done.stdout
    plan = notifier.ask("explain", "--type", "vzdump", "--title", "t", "--severity", "error")
    assert [(said["matcher"], said["takes"]) for said in plan["matchers"]] == [
        ("backups", True), ("hosts", False),
    ]
    hook, relay = plan["deliveries"]
    assert (hook["target"], hook["matcher"], hook["kind"]) == ("hook", "backups", "webhook")
    assert "match-severity error matched" in hook["reason"]
    assert (relay["target"], relay["deliver"]) == ("relay", False)


def test_a_broken_matcher_keeps_its_last_good_version(notifier, gotify):
    good = of_a_current_node(gotify.url)
    configure(notifier, good)
    notifier.start()
    notifier.write("notifications.cfg", good.replace("exact:type", "type"))
    rows = rows_of(notifier, "--type", "replication", "--severity", "error")
    assert rows["hook"]["state"] == "delivered"


def test_a_matcher_that_never_was_good_silences_nobody(notifier):
    configure(notifier, NO_DEFAULT + "matcher: mine\n\tmatch-field type=x\n")
    notifier.start()
    rows = rows_of(notifier, "--type", "x")
    assert {name: row["state"] for name, row in rows.items()} == {"mail-to-root": "delivered"}


def test_calendars_go_by_this_machines_clock(notifier):
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    today = time.localtime().tm_wday
    near = ",".join(days[(today + step) % 7] for step in [-1, 0, 1])
    far = days[(today + 3) % 7]
    configure(
        notifier,
        NO_DEFAULT + f"matcher: near\n\tmatch-calendar {near} 0-24\n\ttarget mail-to-root\n\n"
        f"matcher: far\n\tmatch-calendar {far} 0-24\n\ttarget mail-to-root\n",
    )
    notifier.start()
    plan = notifier.ask("explain", "--type", "x", "--title", "t")
    assert [(said["matcher"], said["takes"]) for said in plan["matchers"]] == [
        ("near", True), ("far", False),
    ]
