"""history answers: was it sent, to whom, by which node, when, with what answer; metrics count it."""

import pytest
from support.waiting import wait_until

CONFIGURATION = """sendmail: good
\tmailto good@example.com

sendmail: filtered
\tmailto other@example.com
\tfilter errors

filter: errors
\tmin-severity error

group: all
\tendpoint good
\tendpoint filtered
"""


def test_one_event(notifier):
    notifier.write("notifications.cfg", CONFIGURATION)
    notifier.start()
    event = notifier.send("--type", "x", "--title", "told", "--target", "all", "--wait")
    good, filtered = notifier.ask("history", "--event", event)["deliveries"]
    assert good["state"] == "delivered" and good["node"] == "testnode"
    assert good["recipients"] == ["good@example.com"] and good["attempts"] == 1
    assert good["updated"] >= good["accepted"] and good["via"] == "all"
    assert filtered["state"] == "skipped" and "errors" in filtered["reason"]
    shown = notifier.notify("history", "--event", event).stdout
    for part in ["told", "testnode", "good@example.com", "delivered", "skipped", "root@pam"]:
        assert part in shown
    assert notifier.notify("history", "--event", "no-such").returncode == 1


def test_why_not(notifier):
    (notifier.mails / "fail").write_text("75")
    notifier.start()
    event = notifier.send("--type", "x", "--title", "t")
    wait_until("an attempt", lambda: notifier.deliveries_of(event)[0]["attempts"])
    (row,) = notifier.ask("history", "--event", event)["deliveries"]
    assert row["state"] == "queued" and "refused for the test" in row["reason"]
    assert row["attempts"] == 1 and row["next-attempt"] > row["updated"]


def samples(text):
    return dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))


def test_metrics(notifier):
    notifier.write("notifications.cfg", CONFIGURATION)
    notifier.start()
    for _ in range(3):
        notifier.send("--type", "x", "--title", "t", "--target", "good", "--wait")
    (notifier.mails / "fail").write_text("75")
    event = notifier.send("--type", "x", "--title", "t", "--target", "good")
    wait_until("an attempt", lambda: notifier.deliveries_of(event)[0]["attempts"])
    path = notifier.directory / "pmx.prom"
    assert notifier.notify("metrics", "--textfile", path).returncode == 0
    text = path.read_text()
    assert text.splitlines()[0] == notifier.notify("metrics").stdout.splitlines()[0]
    found = samples(text)
    assert found['pmx_notifier_delivered_total{target="good"}'] == "3"
    assert found['pmx_notifier_attempts_failed_total{target="good"}'] == "1"
    assert found['pmx_notifier_deliveries{target="good",state="queued"}'] == "1"
    assert found['pmx_notifier_deliveries{target="filtered",state="dead"}'] == "0"
    assert int(found['pmx_notifier_last_success_timestamp_seconds{target="good"}']) > 0
    names = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(names) == len(set(names)), "each family once"


@pytest.mark.needs_root
def test_metrics_need_audit(notifier):
    notifier.start()
    done = notifier.notify("metrics", user=1)
    assert done.returncode == 3 and "Mapping.Audit" in done.stderr


@pytest.mark.needs_root
def test_only_root_speaks_for_the_cluster(notifier):
    notifier.start()
    done = notifier.notify("send", "--cluster", "--type", "x", "--title", "t", user=1)
    assert done.returncode == 3, done.stderr
    event = notifier.send("--cluster", "--type", "x", "--title", "t", "--wait")
    wait_until("the mail", notifier.mail_files)
    assert notifier.states_of(event) == {"mail-to-root": "delivered"}, "no cluster: a local event"
