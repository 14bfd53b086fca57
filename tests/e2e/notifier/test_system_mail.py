"""Root's mail as events: pmx-mail-forward, alone and behind a real Postfix."""

import os
import shutil
import subprocess

import pytest

from support.notifier import Notifier
from support.postfix import Postfix
from support.waiting import wait_until

CRON = (
    "From: root@pve1 (Cron Daemon)\nTo: root@pve1\nSubject: Cron <root@pve1> backup\n"
    "Auto-Submitted: auto-generated\nMessage-ID: <1@pve1>\n"
    "Content-Type: text/plain; charset=ISO-8859-1\n\nkein Platz \xfcbrig\n"
)


@pytest.fixture
def forward(build, notifier):
    program = notifier.directory / "pmx-mail-forward"
    shutil.copy(build / "bin" / "pmx-mail-forward", program)

    def run(mail, *words, user=None):
        command = ["setpriv", f"--reuid={user}", "--clear-groups", "--"] if user else []
        command += [str(program), "--run", str(notifier.run), *words]
        data = mail if isinstance(mail, bytes) else mail.encode("latin-1")
        return subprocess.run(command, input=data, capture_output=True, timeout=600, check=False)

    return run


def test_a_mail_becomes_an_event_once(notifier, forward):
    notifier.start()
    assert forward(CRON, "-t", "-oi", "-f", "root").returncode == 0
    assert forward("Received: again\n" + CRON).returncode == 0, "the server tries again"
    (row,) = notifier.history()
    assert (row["type"], row["severity"]) == ("system-mail", "notice")
    assert row["title"] == "Cron <root@pve1> backup"
    notifier.wait_for_state(row["event"], "mail-to-root", "delivered")
    (mail,) = notifier.mail_files()
    assert "X-Pmx-Notification: " in mail.read_text()
    plan = notifier.mail_files()[0].read_bytes()
    assert b"kein Platz =C3=BCbrig" in plan


def test_what_a_mail_server_is_told(notifier, forward):
    assert forward(CRON).returncode == 75, "no daemon has ever run"
    notifier.start()
    assert forward(b"").returncode == 64
    notifier.stop()
    assert forward(CRON).returncode == 0, "it is spooled"
    notifier.start()
    assert [row["title"] for row in notifier.history()] == ["Cron <root@pve1> backup"]
    assert forward(b"x" * (20 << 20)).returncode == 0, "it is all read, and bounded"
    assert forward(bytes(range(256)) * 10).returncode == 0


@pytest.mark.needs_root
def test_an_ordinary_user_may_run_it(notifier, forward):
    notifier.start()
    assert forward(CRON, user="nobody").returncode == 0
    assert notifier.history()[0]["caller"] == "nobody@pam"


def test_our_own_mail_makes_no_other_mail(notifier, gotify, forward):
    """But it is told where that is no mail, and kept."""
    notifier.write(
        "notifications.cfg",
        f"gotify: phone\n\tserver {gotify.url}\n\nmatcher: bad\n\tmatch-severity error\n"
        "\ttarget phone\n",
    )
    notifier.write("priv/notifications.cfg", "gotify: phone\n\ttoken t\n")
    notifier.start()
    forward(CRON)
    notifier.wait_for_state(notifier.history()[0]["event"], "mail-to-root", "delivered")
    own = notifier.mail_files()[0].read_bytes()
    for _ in range(2):
        assert forward(own).returncode == 0
    event = notifier.history()[0]["event"]
    notifier.wait_for_state(event, "phone", "delivered")
    assert notifier.states_of(event)["mail-to-root"] == "failed"
    (push,) = gotify.requests
    assert push.json["title"] == "A notification came back: Cron <root@pve1> backup"
    assert "kein Platz \xfcbrig" in push.json["message"]
    (kept,) = notifier.ask("queue")["deliveries"]
    assert kept["event"] == event and "came back" in kept["reason"]
    returned = b"From: MAILER-DAEMON@pve1\nAuto-Submitted: auto-replied\nSubject: failed\n"
    returned += b"Content-Type: multipart/report; boundary=b\n\n--b\n\nno such user\n--b\n"
    returned += b"Content-Type: message/rfc822\n\n" + own + b"\n--b--\n"
    assert forward(returned).returncode == 0
    wait_until("word of it", lambda: len(gotify.requests) == 2)
    assert "returned by a mail server: failed" in gotify.requests[1].json["title"]
    assert "no such user" in gotify.requests[1].json["message"]
    assert len(notifier.mail_files()) == 1
    # By hand it goes out, once the address is right.
    assert notifier.notify("queue", "retry", kept["delivery"]).returncode == 0
    notifier.wait_for_state(event, "mail-to-root", "delivered")
    assert b"kein Platz =C3=BCbrig" in notifier.mail_files()[1].read_bytes()


@pytest.fixture
def pipe_postfix(build):
    """A Postfix whose root is an alias for the pipe, and a notifier that sends through it."""
    if os.geteuid() != 0 or shutil.which("postfix") is None:
        pytest.skip("needs root and Postfix")
    notifier = Notifier(build)
    program = notifier.directory / "pmx-mail-forward"
    shutil.copy(build / "bin" / "pmx-mail-forward", program)
    postfix = Postfix(aliases=f'root "|{program} --run {notifier.run}"\n')
    notifier.sendmail = postfix.sendmail
    yield postfix, notifier
    notifier.close()
    postfix.close()


def send(postfix, text, recipient="root@pipe.example"):
    subprocess.run(
        [postfix.sendmail, recipient], input=text.encode("latin-1"), check=True, timeout=600
    )


def queue_ids(postfix):
    command = ["postqueue", "-c", str(postfix.directory / "etc"), "-j"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    # A Postfix too busy to answer has something in its queue, for all we know.
    return done.stdout.splitlines() if done.returncode == 0 else [done.stderr]


def test_through_a_real_postfix(pipe_postfix):
    postfix, notifier = pipe_postfix
    notifier.write("users.cfg", "user:root@pam:1:0:::admin@outside.example:::\n")
    notifier.start()
    send(postfix, CRON)
    mail = postfix.wait_for_mail("Cron <root@pve1> backup")
    assert mail["To"] == "admin@outside.example"
    assert "kein Platz \xfcbrig" in mail.get_body(("plain",)).get_content()
    wait_until("an empty queue", lambda: not queue_ids(postfix))
    assert notifier.history()[0]["caller"] == "nobody@pam"


def test_a_loop_is_broken_and_nothing_is_lost(pipe_postfix):
    postfix, notifier = pipe_postfix
    # Root's address is the pipe itself.
    notifier.write("users.cfg", "user:root@pam:1:0:::root@pipe.example:::\n")
    notifier.start()
    send(postfix, CRON)
    wait_until("its return", lambda: len(notifier.history()) == 2)
    wait_until("an empty queue", lambda: not queue_ids(postfix))
    back, first = notifier.history()
    notifier.wait_for_state(first["event"], "mail-to-root", "delivered")
    assert (back["state"], back["severity"]) == ("failed", "error")
    assert back["title"] == "A notification came back: Cron <root@pve1> backup"
    assert notifier.ask("queue")["deliveries"][0]["delivery"] == back["delivery"]
    # The address is put right, and what is kept is sent by hand.
    notifier.write("users.cfg", "user:root@pam:1:0:::admin@outside.example:::\n")
    assert notifier.notify("queue", "retry", back["delivery"]).returncode == 0
    mail = postfix.wait_for_mail(back["title"])
    assert mail["To"] == "admin@outside.example"
    assert "kein Platz \xfcbrig" in mail.get_body(("plain",)).get_content()
