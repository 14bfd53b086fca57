"""Mail over SMTP, through a Postfix with TLS and logins, judged by Python's own MIME parser."""

import email.utils

import pytest

from support.smtp_relay import PASSWORD, USER
from support.tls import Certificate, trust
from support.waiting import wait_until


def configure(notifier, port, mode, *, mailto=("to@example.org",), password=PASSWORD, login=True):
    lines = [f"smtp: relay\n\tserver 127.0.0.1\n\tport {port}\n\tmode {mode}"]
    lines += ["\tfrom-address pve@example.org", "\tauthor The Clüster"]
    lines += [f"\tmailto {address}" for address in mailto]
    lines += [f"\tusername {USER}"] if login else []
    notifier.write("notifications.cfg", "\n".join(lines) + "\n")
    notifier.write("priv/notifications.cfg", f"smtp: relay\n\tpassword {password}\n" if login else "")


def send(notifier, title, *words):
    """The delivery's row after its first attempt."""
    body = ".\n..two dots\nFrom here\n" + "long " * 300 + "\nünd\n"
    done = notifier.notify(
        "send", "--type", "x", "--title", title, "--body", body, "--target", "relay", "--wait", *words
    )
    (row,) = notifier.deliveries_of(done.stdout.split()[0])
    return row


def recipients_in(relay, title):
    return sorted(mail["Delivered-To"] for mail in relay.mails() if mail["Subject"] == title)


def times_put_off(relay):
    return (relay.directory / "log").read_text().count("450 4.7.1 <later@example.org>")


@pytest.mark.needs_root
@pytest.mark.parametrize("mode, how", [("insecure", "ESMTP"), ("starttls", "ESMTPSA"), ("tls", "ESMTPSA")])
def test_a_mail_arrives_whole(notifier, relay, mode, how):
    trust(notifier, relay.certificate)
    configure(notifier, relay.ports[mode], mode, mailto=["a@example.org", "b@example.org"],
              login=mode != "insecure")
    notifier.start()
    title = f"Smtp {mode}: Zwölf <Boxkämpfer>"
    row = send(notifier, title)
    assert row["state"] == "delivered" and row["recipients"] == ["a@example.org", "b@example.org"]
    mail = relay.wait_for_mail(title)
    assert f" with {how} " in " ".join(mail["Received"].split())
    assert email.utils.parseaddr(str(mail["From"])) == ("The Clüster", "pve@example.org")
    assert mail["Return-Path"] == "<pve@example.org>"
    assert str(mail["To"]) == "a@example.org, b@example.org"
    assert mail["Message-ID"].startswith(f"<{row['event']}.relay@")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "multipart/alternative" and not mail.defects
    text, html = mail.iter_parts()
    body = ".\n..two dots\nFrom here\n" + "long " * 300 + "\nünd\n"
    assert text.get_content() == body
    assert "ünd" in html.get_content() and html.get_content_type() == "text/html"


@pytest.mark.needs_root
def test_a_wrong_password_is_told_and_not_tried_again(notifier, relay):
    trust(notifier, relay.certificate)
    configure(notifier, relay.ports["starttls"], "starttls", password="wr0ng-Secret")
    notifier.start()
    row = send(notifier, "wrong password")
    assert row["state"] == "failed" and "refused the login: 535" in row["reason"]
    shown = notifier.log.read_text()
    for words in [["targets"], ["queue"], ["history"]]:
        shown += notifier.notify(*words).stdout + str(notifier.ask(*words))
    assert "wr0ng-Secret" not in shown
    configure(notifier, relay.ports["starttls"], "starttls")
    assert notifier.notify("queue", "retry", row["delivery"]).returncode == 0
    notifier.wait_for_state(row["event"], "relay", "delivered")
    relay.wait_for_mail("wrong password")


@pytest.mark.needs_root
def test_a_server_without_logins_gets_no_mail(notifier, relay):
    configure(notifier, relay.ports["insecure"], "insecure")
    notifier.start()
    row = send(notifier, "no login there")
    assert row["state"] == "failed" and "offers no login that can be used" in row["reason"]
    configure(notifier, relay.ports["insecure"], "insecure", login=False)
    assert notifier.notify("queue", "retry", row["delivery"]).returncode == 0
    notifier.wait_for_state(row["event"], "relay", "delivered")
    relay.wait_for_mail("no login there")
    assert len(recipients_in(relay, "no login there")) == 1, "nothing went out before"


@pytest.mark.needs_root
@pytest.mark.parametrize("mode", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for(notifier, relay, mode):
    (notifier.directory / "other").mkdir()
    trust(notifier, Certificate(notifier.directory / "other"))
    configure(notifier, relay.ports[mode], mode)
    notifier.start()
    row = send(notifier, f"untrusted {mode}")
    assert row["state"] == "queued" and "certificate" in row["reason"]


# The port that offers no TLS: nothing is said in the clear instead.
@pytest.mark.needs_root
@pytest.mark.parametrize("mode", ["starttls", "tls"])
def test_tls_is_never_given_up(notifier, relay, mode):
    trust(notifier, relay.certificate)
    configure(notifier, relay.ports["insecure"], mode)
    notifier.start()
    row = send(notifier, f"downgraded {mode}")
    assert row["state"] == "queued" and "cannot send through" in row["reason"]
    assert recipients_in(relay, f"downgraded {mode}") == []


@pytest.mark.needs_root
def test_one_refused_recipient_does_not_silence_the_others(notifier, relay):
    configure(notifier, relay.ports["insecure"], "insecure", login=False,
              mailto=["refused@example.org", "good@example.org"])
    notifier.start()
    row = send(notifier, "one refused")
    assert row["state"] == "failed"
    assert "took it for good@example.org, not for refused@example.org: 550" in row["reason"]
    relay.wait_for_mail("one refused")
    assert recipients_in(relay, "one refused") == ["good@example.org"]


@pytest.mark.needs_root
def test_who_has_it_does_not_get_it_again(notifier, relay):
    configure(notifier, relay.ports["insecure"], "insecure", login=False,
              mailto=["good@example.org", "later@example.org"])
    notifier.start()
    before = times_put_off(relay)
    row = send(notifier, "one later")
    assert row["state"] == "queued" and "later@example.org: 450" in row["reason"]
    assert row["recipients"] == ["later@example.org"] and row["reached"] == ["good@example.org"]
    # A restart in between: what is left to do is on disk.
    notifier.kill()
    notifier.start()
    assert notifier.notify("queue", "retry", row["delivery"]).returncode == 0
    wait_until("another attempt", lambda: times_put_off(relay) >= before + 2)
    assert recipients_in(relay, "one later") == ["good@example.org"]
    shown = notifier.notify("history", "--event", row["event"]).stdout
    assert "good@example.org later@example.org" in shown
    # Nor does it hold up what comes after it.
    for title in ["one more", "and another"]:
        assert send(notifier, title)["reached"] == ["good@example.org"]
        relay.wait_for_mail(title)


@pytest.mark.needs_root
def test_a_server_that_is_down_is_tried_again(notifier, relay, closed_port):
    configure(notifier, closed_port, "insecure", login=False)
    notifier.start()
    row = send(notifier, "down at first")
    assert row["state"] == "queued" and row["attempts"] == 1
    configure(notifier, relay.ports["insecure"], "insecure", login=False)
    assert notifier.notify("queue", "retry", row["delivery"]).returncode == 0
    notifier.wait_for_state(row["event"], "relay", "delivered")
    relay.wait_for_mail("down at first")
