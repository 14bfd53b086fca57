"""A broken file never silences anyone."""

import os

SECTIONS = """sendmail: ops
\tmailto ops@example.com

sendmail: other
\tmailto other@example.com
"""


def recipients(notifier, target):
    event = notifier.send("--type", "x", "--title", "t", "--target", target, "--wait=120")
    return [(row["target"], row["recipients"]) for row in notifier.deliveries_of(event)]


def test_the_last_good_section_stays_in_force_across_restarts(notifier):
    notifier.write("notifications.cfg", SECTIONS)
    notifier.start()
    assert recipients(notifier, "ops") == [("ops", ["ops@example.com"])]
    broken = SECTIONS.replace("ops@example.com", "not an address").replace("other@", "changed@")
    notifier.write("notifications.cfg", broken)
    for restart in [False, True]:
        if restart:
            notifier.kill()
            notifier.start()
        assert recipients(notifier, "ops") == [("ops", ["ops@example.com"])]
        assert recipients(notifier, "other") == [("other", ["changed@example.com"])]
        answer = notifier.ask("targets")
        assert any(problem.startswith("notifications.cfg:2:") for problem in answer["problems"])
        states = {target["name"]: target["last-good"] for target in answer["targets"]}
        assert states == {"mail-to-root": False, "ops": True, "other": False}
    assert "notifications.cfg:2:" in notifier.log.read_text()
    notifier.write("notifications.cfg", SECTIONS)
    assert notifier.ask("targets")["problems"] == []


def test_a_section_that_was_removed_is_gone(notifier):
    notifier.write("notifications.cfg", SECTIONS)
    notifier.start()
    assert recipients(notifier, "other") == [("other", ["other@example.com"])]
    notifier.write("notifications.cfg", SECTIONS.split("\n\n")[0] + "\n")
    done = notifier.notify("send", "--type", "x", "--title", "t", "--target", "other", "--wait=120")
    assert done.returncode == 1 and "other" in done.stderr
    event = done.stdout.strip()
    assert notifier.states_of(event) == {"other": "failed", "mail-to-root": "delivered"}


def test_a_mount_that_is_not_there_changes_nothing(notifier):
    notifier.write("notifications.cfg", SECTIONS)
    notifier.start()
    assert recipients(notifier, "ops") == [("ops", ["ops@example.com"])]
    notifier.config.rename(notifier.directory / "unmounted")
    notifier.config.mkdir()
    assert recipients(notifier, "ops") == [("ops", ["ops@example.com"])]
    notifier.config.rmdir()
    assert recipients(notifier, "ops") == [("ops", ["ops@example.com"])]
    (notifier.directory / "unmounted").rename(notifier.config)
    assert recipients(notifier, "other") == [("other", ["other@example.com"])]


def test_mail_to_root_works_whatever_the_files_say(notifier):
    for name in ["notifications.cfg", "users.cfg", "datacenter.cfg", "jobs.cfg"]:
        (notifier.config / name).write_bytes(os.urandom(3000))
    notifier.start()
    assert notifier.notify("send", "--type", "x", "--title", "t", "--wait").returncode == 0
    for name in ["notifications.cfg", "users.cfg", "datacenter.cfg", "jobs.cfg"]:
        (notifier.config / name).unlink()
        (notifier.config / name).mkdir()
    assert notifier.notify("send", "--type", "x", "--title", "t", "--wait").returncode == 0
    assert notifier.arguments_of(notifier.mail_files()[-1])[-1] == "root"


def test_users_cfg_else_user_cfg(notifier):
    notifier.write("user.cfg", "user:root@pam:1:0:::one@example.com:::\n")
    notifier.start()
    assert recipients(notifier, "mail-to-root") == [("mail-to-root", ["one@example.com"])]
    notifier.write("users.cfg", "user:root@pam:1:0:::two@example.com:::\n")
    assert recipients(notifier, "mail-to-root") == [("mail-to-root", ["two@example.com"])]


def test_an_edit_in_place_of_the_same_size_counts(notifier):
    notifier.write("notifications.cfg", SECTIONS)
    notifier.start()
    for letter in "abcdefgh":
        with (notifier.config / "notifications.cfg").open("r+") as file:
            file.write(SECTIONS.replace("ops@", f"{letter}ps@"))
        assert recipients(notifier, "ops") == [("ops", [f"{letter}ps@example.com"])]


def test_packages_reported_before_are_not_reported_again(notifier):
    notifier.start()
    first = {"updates": [{"name": "a", "new": "1"}, {"name": "b", "new": "1"}]}
    assert notifier.states_of(notifier.send_data("package-updates", first, "--wait=120")) == (
        {"mail-to-root": "delivered"}
    )
    event = notifier.send_data("package-updates", {"updates": first["updates"][:1]}, "--wait=120")
    assert notifier.states_of(event) == {None: "not-sent"}
    newer = {"updates": [{"name": "a", "new": "2"}]}
    assert notifier.states_of(notifier.send_data("package-updates", newer, "--wait=120")) == (
        {"mail-to-root": "delivered"}
    )
    notifier.write("datacenter.cfg", "notify: package-updates=always\n")
    assert notifier.states_of(notifier.send_data("package-updates", newer, "--wait=120")) == (
        {"mail-to-root": "delivered"}
    )


def test_no_configuration_yet_is_no_problem(notifier):
    notifier.start()
    assert notifier.ask("targets")["problems"] == []
    assert "warning" not in notifier.log.read_text()
    event = notifier.send("--type", "x", "--title", "t", "--wait=120")
    assert notifier.states_of(event) == {"mail-to-root": "delivered"}
