"""Templates of the administrator's instead of our texts."""

from support.postfix import parse_mail
from support.waiting import wait_until

FOLDER = "notification-templates/default"
BACKUP = {
    "guest-table": [{"vmid": 100, "name": "<web>", "status": "ok", "time": 65, "size": 1610612736}],
    "total-time": 66,
    "logs": "line & line\n",
}


def write(notifier, name, text):
    (notifier.config / FOLDER).mkdir(parents=True, exist_ok=True)
    notifier.write(f"{FOLDER}/{name}", text)


def sent(notifier, count=1):
    files = wait_until("a mail", lambda: len(notifier.mail_files()) >= count and notifier.mail_files())
    mail = parse_mail(files[-1])
    text, html = (part.get_content() for part in mail.iter_parts())
    return mail["Subject"], text, html


def problems(notifier):
    return notifier.ask("targets")["problems"]


def test_subject_text_and_html(notifier):
    write(notifier, "vzdump-subject.txt.hbs", "{{ hostname }}: {{ status-text }}\n")
    write(notifier, "vzdump-body.txt.hbs", "{{table guest-table}}in {{duration total-time}}\n{{logs}}")
    write(notifier, "vzdump-body.html.hbs", "<b>{{logs}}</b>{{table guest-table}}")
    notifier.start()
    notifier.send_data("vzdump", BACKUP)
    subject, text, html = sent(notifier)
    assert subject == "testnode: backup successful"
    assert "100   <web>  ok      1m 5s  1.50 GiB" in text and text.endswith("in 1m 6s\nline & line\n")
    assert "<b>line &amp; line\n</b>" in html and "&lt;web&gt;" in html
    assert problems(notifier) == []


def test_one_that_fails_leaves_ours_and_is_told(notifier):
    notifier.start()
    notifier.send_data("vzdump", BACKUP)
    _, ours, _ = sent(notifier)
    write(notifier, "vzdump-body.txt.hbs", "one\n{{#if logs}}")
    write(notifier, "vzdump-subject.txt.hbs", "still: {{ hostname }}")
    notifier.send_data("vzdump", BACKUP)
    subject, text, _ = sent(notifier, 2)
    assert (subject, text) == ("still: testnode", ours)
    (problem,) = problems(notifier)
    assert problem.startswith(f"{FOLDER}/vzdump-body.txt.hbs: line 2: a block is not closed")
    assert problem in notifier.log.read_text()
    # This one can be read; that it does not render shows when it is to.
    write(notifier, "vzdump-body.txt.hbs", "\n\n{{table logs}}")
    assert problems(notifier) == []
    notifier.send_data("vzdump", BACKUP)
    assert sent(notifier, 3)[1] == ours
    (problem,) = problems(notifier)
    assert "vzdump-body.txt.hbs: line 3: helper 'table' takes a table" in problem
    write(notifier, "vzdump-body.txt.hbs", "mended")
    notifier.send_data("vzdump", BACKUP)
    assert sent(notifier, 4)[1] == "mended\n"
    assert problems(notifier) == []


# Accepted is accepted: what the templates say later is of later events.
def test_a_retry_sends_the_text_of_the_first_attempt(notifier):
    write(notifier, "ups-body.txt.hbs", "first: {{ message }}")
    (notifier.mails / "fail").write_text("75")
    notifier.start()
    event = notifier.send("--type", "ups", "--title", "t", "--body", "gone")
    (row,) = wait_until("an attempt", lambda: [r for r in notifier.deliveries_of(event) if r["attempts"]])
    write(notifier, "ups-body.txt.hbs", "second: {{ message }}")
    (notifier.mails / "fail").unlink()
    assert notifier.notify("queue", "retry", row["delivery"]).returncode == 0
    assert sent(notifier)[1] == "first: gone\n"


def test_a_test_has_its_template_too(notifier):
    write(notifier, "test-subject.txt.hbs", "TEST of {{ node }}: {{ title }}")
    notifier.start()
    assert notifier.notify("test", "mail-to-root").returncode == 0
    assert sent(notifier)[0].startswith("TEST of testnode: Test notification of target")


def test_hostile_templates_hurt_nobody(notifier):
    loop = "{{#each guest-table.data}}" * 20 + "x" * 1000 + "{{/each}}" * 20
    write(notifier, "vzdump-body.txt.hbs", loop.replace("guest-table.data", "@root.guest-table.data"))
    write(notifier, "vzdump-subject.txt.hbs", "{{" * 10000)
    write(notifier, "nonsense.hbs", "x")
    (notifier.config / FOLDER / "vzdump-body.html.hbs").symlink_to("/dev/zero")
    notifier.start()
    data = dict(BACKUP, **{"guest-table": BACKUP["guest-table"] * 50})
    notifier.send_data("vzdump", data)
    subject, text, _ = sent(notifier)
    assert subject.startswith("Backup successful") and "VMID" in text
    told = "\n".join(problems(notifier))
    for name in ["vzdump-body.txt", "vzdump-subject.txt", "vzdump-body.html", "nonsense"]:
        assert f"{name}.hbs: " in told
