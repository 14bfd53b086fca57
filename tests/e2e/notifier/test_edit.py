"""Targets, groups and filters by command: notifications.cfg and its private part as one thing."""

import concurrent.futures
import hashlib
import os
import stat

import pytest

from store.running_store import Store

SECRET = "S3cret-Token"
USERS = (
    "user:root@pam:1:0:::root@example.com:::\n"
    "user:nobody@pam:1:0::::::\n"
    "role:Changer:Mapping.Modify:\n"
    "role:Reader:Mapping.Audit:\n"
    "acl:1:/mapping/notification/mine:nobody@pam:Changer:\n"
    "acl:1:/mapping/notification/shown:nobody@pam:Reader:\n"
)


def add_phone(notifier, name="phone"):
    words = ["target", "add", "gotify", name, "--server", "https://push.example.com"]
    done = notifier.notify(*words, "--token-file", "-", text=SECRET + "\n")
    assert done.returncode == 0, done.stderr
    return done


def test_from_nothing_to_a_target_that_works(notifier, gotify):
    notifier.start()
    words = ["target", "add", "gotify", "phone", "--server", gotify.url, "--token-file", "-"]
    assert notifier.notify(*words, text=SECRET + "\n").returncode == 0
    for words in [
        ["filter", "add", "loud", "--min-severity", "error"],
        ["target", "add", "sendmail", "ops", "--mailto", "a@example.com", "--mailto", "b@c.de"],
        ["group", "add", "all", "--endpoint", "phone", "--endpoint", "ops", "--filter", "loud"],
    ]:
        done = notifier.notify(*words)
        assert done.returncode == 0, done.stderr
    event = notifier.send(*"--type x --title t --severity error --target all --wait".split())
    assert notifier.states_of(event) == {"phone": "delivered", "ops": "delivered"}
    assert gotify.requests[0].headers["X-Gotify-Key"] == SECRET
    assert notifier.ask("targets")["problems"] == []


def test_comments_and_order_stay_and_secrets_are_private(notifier):
    text = "# first\nsendmail: ops\n  mailto a@b.c\n\t# inside\n\n# last\n"
    notifier.write("notifications.cfg", text)
    notifier.start()
    add_phone(notifier)
    shared = notifier.config / "notifications.cfg"
    secret = notifier.config / "priv" / "notifications.cfg"
    assert shared.read_text().startswith(text) and SECRET not in shared.read_text()
    assert SECRET in secret.read_text()
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    done = notifier.notify("target", "set", "ops", "--comment", "x", "--mailto", "d@e.f")
    assert done.returncode == 0, done.stderr
    assert shared.read_text().startswith(
        "# first\nsendmail: ops\n\tmailto d@e.f\n\t# inside\n\tcomment x\n\n# last\n"
    ) or "comment x" in shared.read_text()
    assert notifier.notify("target", "set", "ops", "--delete", "comment").returncode == 0
    assert "comment" not in shared.read_text()
    done = notifier.notify("target", "remove", "phone")
    assert done.returncode == 0 and SECRET not in secret.read_text()


@pytest.mark.needs_root
def test_owner_and_mode_stay(notifier):
    notifier.write("notifications.cfg", "sendmail: ops\n\tmailto a@b.c\n")
    shared = notifier.config / "notifications.cfg"
    os.chown(shared, 0, 33)
    shared.chmod(0o604)
    notifier.start()
    assert notifier.notify("target", "set", "ops", "--comment", "x").returncode == 0
    status = shared.stat()
    assert (status.st_gid, stat.S_IMODE(status.st_mode)) == (33, 0o604)


def test_no_secret_shows(notifier):
    notifier.start()
    add_phone(notifier)
    done = notifier.notify("target", "show")
    assert "phone" in done.stdout and "token is set" in done.stdout
    outputs = [done.stdout, notifier.notify("target", "show", "phone", json_output=True).stdout]
    outputs += [notifier.log.read_text(), notifier.notify("targets", json_output=True).stdout]
    bad = notifier.notify("target", "set", "phone", "--token-file", "-", text=SECRET + " x")
    assert bad.returncode == 2
    assert not [text for text in outputs + [bad.stderr, bad.stdout] if SECRET in text]
    refused = notifier.notify("target", "set", "phone", "--token", SECRET)
    assert refused.returncode == 2, "a secret on the command line is there for everybody to see"


@pytest.mark.parametrize(
    "words, complaint",
    [
        ("target add gotify phone --server https://x", "property 'token' is missing"),
        ("target add sendmail ops", "mailto"),
        ("target add sendmail ops --mailto nonsense", "property 'mailto' must be"),
        ("target add sendmail ops --mailto a@b.c --filter gone", "filter 'gone'"),
        ("target add nonsense ops --mailto a@b.c", "one of the types"),
        ("target add ops --mailto a@b.c", "name its type and its name"),
        ("target add sendmail x/y --mailto a@b.c", "a name has"),
        ("group add gg --endpoint gone", "endpoint 'gone'"),
        ("filter add ff --min-severity fatal", "must be one of"),
        ("filter add ff --mailto a@b.c", "mailto"),
        ("filter add", "one name"),
        ("filter nonsense x", "add, set, remove or show"),
        ("filter remove x --mode and", "no properties"),
        ("target set ops", "nothing to change"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(notifier, words, complaint):
    text = "sendmail: ops\n\tmailto a@b.c\n" if " set " in words else ""
    notifier.write("notifications.cfg", text)
    notifier.start()
    done = notifier.notify(*words.split())
    assert done.returncode == 2 and complaint in done.stderr, done.stderr
    assert (notifier.config / "notifications.cfg").read_text() == text
    assert not (notifier.config / "priv" / "notifications.cfg").exists()


def test_what_is_used_is_not_removed(notifier):
    notifier.write(
        "notifications.cfg",
        "sendmail: ops\n\tmailto a@b.c\n\tfilter loud\n\nfilter: loud\n\n"
        "group: gg\n\tendpoint ops\n",
    )
    notifier.write("datacenter.cfg", "notify: target-fencing=ops\n")
    notifier.write("jobs.cfg", "vzdump: nightly\n\tnotification-target ops\n")
    notifier.start()
    done = notifier.notify("target", "remove", "ops")
    assert done.returncode == 1
    assert "cannot remove 'ops': used by group 'gg', datacenter.cfg, job 'nightly'" in done.stderr
    done = notifier.notify("filter", "remove", "loud")
    assert done.returncode == 1 and "used by sendmail 'ops'" in done.stderr
    done = notifier.notify("filter", "remove", "gone")
    assert done.returncode == 1 and "there is no filter 'gone'" in done.stderr


def test_a_digest_guards_a_change(notifier):
    notifier.write("notifications.cfg", "filter: loud\n")
    notifier.start()
    digest = notifier.ask("filter", "show")["digest"]
    text = (notifier.config / "notifications.cfg").read_bytes()
    assert digest == hashlib.sha256(text).hexdigest()
    words = ["filter", "set", "loud", "--mode", "or", "--digest", digest]
    assert notifier.notify(*words).returncode == 0
    done = notifier.notify(*words)
    assert done.returncode == 1 and "file changed by another user, try again" in done.stderr


def test_many_at_once_lose_nothing(notifier):
    notifier.start()
    names = [f"filter{number}" for number in range(12)]
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        done = list(pool.map(lambda name: notifier.notify("filter", "add", name), names))
    assert [each.returncode for each in done] == [0] * 12
    shown = [section["name"] for section in notifier.ask("filter", "show")["sections"]]
    assert sorted(shown) == sorted(names)


@pytest.mark.needs_root
def test_permissions(notifier):
    notifier.write("users.cfg", USERS)
    notifier.write("notifications.cfg", "filter: shown\n\nfilter: hidden\n")
    notifier.start()

    def as_nobody(*words):
        return notifier.notify(*words, user="nobody")

    done = as_nobody("filter", "add", "other")
    assert done.returncode == 3
    assert "lacks Mapping.Modify on /mapping/notification/other" in done.stderr
    assert as_nobody("filter", "add", "mine").returncode == 0
    assert as_nobody("filter", "set", "mine", "--mode", "or").returncode == 0
    assert as_nobody("filter", "remove", "shown").returncode == 3
    done = as_nobody("filter", "show")
    assert done.returncode == 0 and "shown" in done.stdout and "hidden" not in done.stdout
    assert as_nobody("filter", "show", "hidden").returncode == 3
    assert as_nobody("filter", "remove", "mine", "--as", "root@pam").returncode == 3
    assert notifier.notify("filter", "remove", "mine", "--as", "nobody@pam").returncode == 0


# On pmxcfs-lite's mount


@pytest.fixture
def on_store(build, notifier):
    """A notifier whose configuration is a mount, and the store behind it."""
    if os.geteuid() != 0 or not os.path.exists("/dev/fuse"):
        pytest.skip("mounts")
    store = Store(build).start_writable()
    path = notifier.directory / "path"
    path.mkdir()
    pmxctl = path / "pmxctl"
    pmxctl.write_text(f'#!/bin/sh\nexec {build}/bin/pmxctl --run {store.run} "$@"\n')
    pmxctl.chmod(0o755)
    notifier.config = store.mount
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{path}:{before}"
    try:
        notifier.start()
        yield notifier, store
    finally:
        os.environ["PATH"] = before
        notifier.close()
        store.clean_up()


def test_both_files_change_in_one_entry(on_store):
    notifier, store = on_store

    def entries(name):
        return store.pmxctl_json("log", name)["changes"]

    add_phone(notifier)
    shared, secret = entries("notifications.cfg"), entries("priv/notifications.cfg")
    assert len(shared) == len(secret) == 1 and shared[0]["index"] == secret[0]["index"]
    add_phone(notifier, "tablet")
    assert entries("notifications.cfg")[0]["index"] == entries("priv/notifications.cfg")[0]["index"]
    assert notifier.notify("target", "remove", "tablet").returncode == 0
    assert notifier.notify("target", "set", "phone", "--comment", "x").returncode == 0
    assert len(entries("notifications.cfg")) == 4 and len(entries("priv/notifications.cfg")) == 3


def test_a_change_made_meanwhile_is_not_overwritten(on_store):
    notifier, store = on_store
    shared = store.mount / "notifications.cfg"
    shared.write_text("filter: loud\n")
    # Between what the daemon read and its transaction, somebody else saves.
    pmxctl = notifier.directory / "path" / "pmxctl"
    real = pmxctl.read_text()
    pmxctl.write_text(real.replace("exec", f"echo '# mine' >>{shared}\nexec"))
    done = notifier.notify("filter", "set", "loud", "--mode", "or")
    assert done.returncode == 1 and "file changed by another user, try again" in done.stderr
    assert shared.read_text() == "filter: loud\n# mine\n"
    pmxctl.write_text(real)
    assert notifier.notify("filter", "set", "loud", "--mode", "or").returncode == 0
    assert shared.read_text() == "filter: loud\n\tmode or\n# mine\n"
