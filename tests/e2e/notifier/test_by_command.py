"""From nothing to a notification that arrives, by command alone: each kind of section is added, used
by an event that is really delivered, changed, and removed."""

import pytest
from support.clock import OwnClock
from support.smtp_relay import PASSWORD, USER
from support.tls import trust
from support.waiting import wait_until


def run(notifier, *words, text=None):
    done = notifier.notify(*words, text=text)
    assert done.returncode == 0, done.stderr


def refused(notifier, *words):
    """Why a change was not made."""
    before = (notifier.config / "notifications.cfg").read_bytes()
    done = notifier.notify(*words)
    assert done.returncode == 1, done.stdout + done.stderr
    assert (notifier.config / "notifications.cfg").read_bytes() == before
    return done.stderr


def delivered(notifier, title, *words):
    """Sends an event; target -> state once each has been tried."""
    done = notifier.notify("send", "--type", "x", "--title", title, "--wait", *words)
    return notifier.states_of(done.stdout.split()[0])


@pytest.mark.needs_root
def test_an_smtp_target(notifier, relay):
    trust(notifier, relay.certificate)
    notifier.start()
    words = ["--server", "127.0.0.1", "--port", relay.ports["starttls"], "--mode", "starttls"]
    words += ["--username", USER, "--password-file", "-", "--from-address", "pve@example.org"]
    words += ["--mailto", "first@example.org", "--author", "By Command"]
    run(notifier, "target", "add", "smtp", "relay", *words, text=PASSWORD + "\n")
    assert delivered(notifier, "By command", "--target", "relay") == {"relay": "delivered"}
    mail = relay.wait_for_mail("By command")
    assert mail["To"] == "first@example.org" and mail["From"] == "By Command <pve@example.org>"
    assert " with ESMTPSA " in " ".join(mail["Received"].split()), "encrypted, and logged in"

    run(notifier, "target", "set", "relay", "--mailto", "second@example.org", "--delete", "author")
    assert delivered(notifier, "Changed", "--target", "relay") == {"relay": "delivered"}
    mail = relay.wait_for_mail("Changed")
    assert mail["To"] == "second@example.org" and "By Command" not in mail["From"]
    # Without its password it is right as a section, and the server says what it thinks of it.
    run(notifier, "target", "set", "relay", "--delete", "password")
    assert delivered(notifier, "No password", "--target", "relay") == {"relay": "failed"}
    run(notifier, "target", "set", "relay", "--port", str(relay.ports["insecure"]),
        "--mode", "insecure", "--delete", "username")
    assert delivered(notifier, "In the clear", "--target", "relay") == {"relay": "delivered"}

    run(notifier, "group", "add", "all", "--endpoint", "relay")
    run(notifier, "expect", "add", "nightly", "--type", "vzdump", "--within", "26h",
        "--target", "relay")
    why = refused(notifier, "target", "remove", "relay")
    assert "cannot remove 'relay': used by group 'all', expect 'nightly'" in why
    run(notifier, "group", "remove", "all")
    run(notifier, "expect", "remove", "nightly")
    run(notifier, "target", "remove", "relay")
    assert PASSWORD not in (notifier.config / "priv" / "notifications.cfg").read_text()
    assert notifier.ask("targets")["problems"] == []


def test_a_webhook_that_a_matcher_leads_to(notifier, gotify):
    notifier.start()
    words = ["--url", gotify.url + "/hook/{{ url-encode secrets.key }}", "--method", "post"]
    words += ["--header", "Content-Type=application/json", "--header", "X-Kind={{ fields.type }}"]
    words += ["--body", '{"text": "{{ escape title }}: {{ severity }}"}', "--secret-file", "key=-"]
    run(notifier, "target", "add", "webhook", "chat", *words, text="s/1\n")
    run(notifier, "matcher", "add", "loud", "--match-severity", "warning,error",
        "--match-field", "exact:type=x", "--target", "chat")
    assert delivered(notifier, 'a "b"', "--severity", "error")["chat"] == "delivered"
    (request,) = gotify.requests
    assert (request.method, request.path) == ("POST", "/hook/s%2F1")
    assert request.headers["X-Kind"] == "x" and request.json == {"text": 'a "b": error'}

    # The built-in matcher takes the rest, and takes this one too.
    assert delivered(notifier, "quiet", "--severity", "info") == {"mail-to-root": "delivered"}
    run(notifier, "matcher", "add", "default-matcher", "--target", "mail-to-root", "--disable", "1")
    run(notifier, "matcher", "set", "loud", "--match-severity", "info")
    run(notifier, "target", "set", "chat", "--method", "put", "--body", "{}")
    assert delivered(notifier, "now info", "--severity", "info") == {"chat": "delivered"}
    assert gotify.requests[-1].method == "PUT" and gotify.requests[-1].body == b"{}"
    assert delivered(notifier, "now loud", "--severity", "error") == {None: "not-sent"}

    why = refused(notifier, "target", "remove", "chat")
    assert "cannot remove 'chat': used by matcher 'loud'" in why
    assert "there is no matcher 'chat': the section of that name is a webhook" in refused(
        notifier, "matcher", "remove", "chat"
    )
    run(notifier, "matcher", "remove", "loud")
    run(notifier, "target", "remove", "chat")
    run(notifier, "matcher", "remove", "default-matcher")
    assert delivered(notifier, "to root", "--severity", "info") == {"mail-to-root": "delivered"}
    assert len(gotify.requests) == 2 and notifier.ask("targets")["problems"] == []


def test_what_is_expected_and_does_not_come(notifier, gotify, build):
    clock = OwnClock(notifier, build)
    notifier.start()
    run(notifier, "target", "add", "gotify", "phone", "--server", gotify.url, "--token-file", "-",
        text="token\n")
    run(notifier, "expect", "add", "heartbeat", "--type", "beat", "--match-field",
        "exact:from=pve1", "--within", "2h", "--target", "phone")
    run(notifier, "expect", "set", "heartbeat", "--within", "1min", "--comment", "Look at pve1.")
    # It is watched from when the daemon has read it.
    notifier.stop()
    notifier.start()
    clock.forward(70)
    (missed,) = wait_until("the miss", lambda: gotify.requests)
    assert missed.json["title"] == "Expected 'heartbeat' did not come within 1 min"
    assert "Look at pve1." in missed.json["message"] and missed.json["priority"] == 9
    run(notifier, "expect", "remove", "heartbeat")
    run(notifier, "target", "remove", "phone")
