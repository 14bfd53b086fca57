"""From an event to a mail: through a real Postfix, and whatever a title may hold."""

import email.utils
import random
import re

import pytest

from support.notifier import Notifier
from support.postfix import parse_mail

ADMINS = """sendmail: admins
\tmailto ops@example.com
\tmailto-user alice@pve
\tauthor Bäckup "Bot"
\tfrom-address pve@example.com
"""
USERS = "user:root@pam:1:0:::root@example.com:::\nuser:alice@pve:1:0:A:L:alice@example.com:::\n"

BACKUP = {
    "job-id": "nightly",
    "total-time": 3725,
    "guest-table": [
        {"vmid": 100, "name": "web <b>&", "status": "ok", "time": 65, "size": 1610612736}
        | {"filename": "/backup/100.vma.zst"},
        {"vmid": 101, "name": "datenbank-ü", "status": "failed", "time": 7200},
    ],
    "logs": "100: INFO: Finished\n.\nFrom here on\n" + "x" * 3000 + "\n",
}


@pytest.fixture
def through_postfix(build, postfix):
    instance = Notifier(build, sendmail=postfix.sendmail)
    yield instance
    instance.close()


def test_a_backup_becomes_a_mail_in_a_mailbox(through_postfix, postfix):
    notifier = through_postfix
    notifier.write("notifications.cfg", ADMINS)
    notifier.write("users.cfg", USERS)
    notifier.start()
    event = notifier.send_data("vzdump", BACKUP, "--target", "admins", "--wait=120")

    mail = postfix.wait_for_mail("Backup failed on testnode: 1 of 2 guests failed")
    assert mail["From"].addresses[0].display_name == 'Bäckup "Bot"'
    assert mail["From"].addresses[0].addr_spec == "pve@example.com"
    assert [to.addr_spec for to in mail["To"].addresses] == ["ops@example.com", "alice@example.com"]
    assert mail["Return-Path"] == "<pve@example.com>"
    assert event in mail["Message-ID"] and mail["Auto-Submitted"] == "auto-generated"
    assert email.utils.parsedate_to_datetime(mail["Date"]).utcoffset() is not None
    assert mail.get_content_type() == "multipart/alternative"
    text, html = list(mail.iter_parts())
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    body = text.get_content()
    assert re.search(r"100 +web <b>& +ok +1m 5s +1\.50 GiB +/backup/100\.vma\.zst\n", body)
    assert re.search(r"101 +datenbank-ü +failed +2h 0m 0s +- +-\n", body)
    assert "1h 2m 5s" in body
    assert "\n.\nFrom here on\n" + "x" * 3000 + "\n" in body
    assert "web &lt;b&gt;&amp;" in html.get_content() and "<b>" not in html.get_content()


def test_each_known_event_reaches_the_mailbox(through_postfix, postfix):
    notifier = through_postfix.start()
    updates = {"updates": [{"name": "openssl", "old": "1", "new": "2"}, {"name": "a", "new": "3"}]}
    notifier.send_data("package-updates", updates)
    notifier.send_data("fencing", {"node": "pve2", "status": "SUCCEED: fenced"})
    notifier.send_data("replication", {"job-id": "100-0", "failure-count": 1, "error": "no route"})
    notifier.send_data("vzdump", {"guest-table": [{"vmid": 7, "status": "OK"}]})
    mail = postfix.wait_for_mail("2 package updates available on testnode")
    assert re.search(r"openssl +1 +2\n", mail.get_body(("plain",)).get_content())
    mail = postfix.wait_for_mail("Fencing of node pve2: SUCCEED: fenced")
    assert "pve2" in mail.get_body(("plain",)).get_content()
    mail = postfix.wait_for_mail("Replication job 100-0 failed on testnode")
    assert "no route" in mail.get_body(("plain",)).get_content()
    postfix.wait_for_mail("Backup successful on testnode")


def test_sendmail_is_called_as_agreed(notifier):
    notifier.write("notifications.cfg", ADMINS)
    notifier.write("users.cfg", USERS)
    notifier.start()
    notifier.send("--type", "x", "--title", "hello", "--target", "admins", "--wait=120")
    assert notifier.arguments_of(notifier.mail_files()[0]) == (
        ["-B", "8BITMIME", "-f", "pve@example.com", "--", "ops@example.com", "alice@example.com"]
    )


def hostile_text(rng):
    pieces = ["\r\nBcc: evil@example.com", "\n.\n", "\nFrom me", "=?UTF-8?Q?=0ABcc:_x?=", "ü" * 40]
    pieces += ["日本語" * 30, "\x00", "\x1b[31m", " " * 5, '"', "\\", "<>", "a" * 1500, "😀", "\t"]
    pieces += ["\r", "\u2028", "&<script>", "--", "=_pmx_"]
    return "".join(rng.choice(pieces) for _ in range(rng.randint(1, 6)))


def test_no_title_body_or_author_can_bend_a_mail(notifier):
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    notifier.start()
    for _ in range(25):
        title, body = ("t" + hostile_text(rng)).replace("\0", ""), hostile_text(rng)
        before = set(notifier.mail_files())
        words = ["--type", "x", f"--title={title}", "--body-file", "-", "--wait=120"]
        notifier.send(*words, text=body)
        (path,) = set(notifier.mail_files()) - before
        raw = path.read_bytes()
        assert all(len(line) <= 998 for line in raw.split(b"\n"))
        assert b"\n.\n" not in raw and b"\nFrom " not in raw and raw.isascii()
        mail = parse_mail(path)
        assert sorted(mail.keys()) == sorted(
            ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version"]
            + ["Content-Type", "X-Pmx-Notification"]
        )
        assert not mail.defects and len(list(mail.iter_parts())) == 2
        shown = mail["Subject"]
        assert shown.startswith("t") and "\n" not in shown
        assert set(notifier.arguments_of(path)[5:]) == {"root"}
        text = mail.get_body(("plain",)).get_content()
        assert normal(text) == normal(body)


def normal(text):
    """What a mail keeps of a text: line ends become LF, other control characters U+FFFD."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "\ufffd", text).rstrip("\n")


def test_a_change_of_the_configuration_counts_from_the_next_event(notifier):
    notifier.start()
    assert notifier.states_of(notifier.send("--type", "x", "--title", "t", "--wait=120")) == (
        {"mail-to-root": "delivered"}
    )
    for number in range(10):
        notifier.write("notifications.cfg", f"sendmail: ops\n\tmailto r{number}@example.com\n")
        event = notifier.send("--type", "x", "--title", "t", "--target", "ops", "--wait=120")
        assert notifier.deliveries_of(event)[0]["recipients"] == [f"r{number}@example.com"]


def test_a_user_without_address_is_skipped_and_named(notifier):
    notifier.write("notifications.cfg", ADMINS.replace("alice", "nobody-there"))
    notifier.start()
    event = notifier.send("--type", "x", "--title", "t", "--target", "admins", "--wait=120")
    (row,) = notifier.deliveries_of(event)
    assert row["recipients"] == ["ops@example.com"]
    assert row["skipped"][0]["user"] == "nobody-there@pve" and row["skipped"][0]["why"]


def test_a_mail_without_recipient_left_falls_back_to_root(notifier):
    notifier.write("notifications.cfg", "sendmail: gone\n\tmailto-user nobody@pve\n")
    notifier.start()
    event = notifier.send("--type", "x", "--title", "t", "--target", "gone")
    notifier.wait_for_state(event, "mail-to-root", "delivered")
    assert notifier.states_of(event)["gone"] == "failed"
