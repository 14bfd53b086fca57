"""Modes and owners: less than a place gives is kept, shown and enforced, more is not to be had.

Sources are as people have them: root's, 0600 and 0644, with directories."""

import grp
import os
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest
from support.waiting import wait_until

TIMEOUT = 600
WWW_DATA = 33

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture
def mount(store):
    """A mount, whose group is www-data, with the level in force that knows modes."""
    assert grp.getgrnam("www-data").gr_gid == WWW_DATA
    wait_until("the level", lambda: store.pmxctl_json("status")["level"] >= 2)
    store.pmxctl("sync")
    return store.mount


@pytest.fixture
def source():
    """Files of root outside the mount: one that others may read and one that they may not."""
    with tempfile.TemporaryDirectory(prefix="pmx-source-") as directory:
        top = Path(directory) / "source"
        (top / "open").mkdir(parents=True)
        (top / "closed").mkdir(mode=0o700)
        for name, mode in (("public", 0o644), ("secret", 0o600), ("open/f", 0o644), ("closed/f", 0o400)):
            (top / name).write_text(f"{name}\n")
            (top / name).chmod(mode)
            os.utime(top / name, (1_000_000, 1_000_000))
        for path in (top, top / "open"):
            path.chmod(0o755)
        yield top


def run(*command, check=True, **options):
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, timeout=TIMEOUT, check=False, **options
    )
    if check:
        assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done


def mode(path):
    return stat.S_IMODE(os.lstat(path).st_mode)


def as_www_data(*command):
    user = ("setpriv", f"--reuid={WWW_DATA}", f"--regid={WWW_DATA}", "--clear-groups")
    return run(*user, *command, check=False).returncode


def last_index(store):
    return store.pmxctl_json("log", "-n", 1)["changes"][0]["index"]


def check_copy(target):
    assert mode(target / "public") == 0o640
    assert mode(target / "secret") == 0o600
    assert mode(target / "closed/f") == 0o400
    assert mode(target / "closed") == 0o700
    assert mode(target / "open") == 0o755
    assert os.stat(target / "secret").st_gid == 0
    assert (target / "closed/f").read_text() == "closed/f\n"
    assert os.stat(target / "secret").st_mtime == 1_000_000
    assert as_www_data("cat", target / "secret") != 0
    assert as_www_data("ls", target / "closed") != 0


@pytest.mark.parametrize("tool", ["cp -a", "cp -rp", "rsync -a", "tar", "shutil"])
def test_copies_keep_what_they_copy(mount, source, tool):
    target = mount / "copy"
    if tool == "tar":
        target.mkdir()
        run("bash", "-ec", f"tar -C {source} -c . | tar -C {target} -x --same-owner")
    elif tool == "shutil":
        shutil.copytree(source, target)
        for path in (target, *target.rglob("*")):
            shutil.chown(path, "root", "root")
    else:
        run(*tool.split(), f"{source}/.", target)
    check_copy(target)
    run("cp", "-a", target, mount / "priv/copy")
    assert mode(mount / "priv/copy/public") == 0o600
    assert mode(mount / "priv/copy/closed/f") == 0o400
    run("mv", mount / "priv/copy/closed", mount / "back")
    assert mode(mount / "back") == 0o700
    assert mode(mount / "back/f") == 0o400


def test_a_second_rsync_changes_nothing(store, mount, source):
    for target in (mount / "copy", mount / "priv/copy"):
        run("rsync", "-a", f"{source}/", target)
        before = last_index(store)
        again = run("rsync", "-ai", f"{source}/", target).stdout.splitlines()
        assert last_index(store) == before
        # What others may read, the mount lets its group read: rsync sees the difference and leaves it.
        assert {line.split()[0] for line in again} <= {".f...p.....", ".d...p....."}, again


def assert_nothing_done(rsync):
    """Of links rsync 3.5 also lists a mode that differs: the mount shows another one than Linux gives to
    links, and no call changes either."""
    assert {line.split()[0] for line in rsync.stdout.splitlines()} <= {".L...p....."}, rsync.stdout


def test_a_second_rsync_of_the_whole_mount_has_nothing_to_do(store, mount):
    (mount / "storage.cfg").write_text("dir: local\n")
    (mount / "user.cfg").write_text("user:root@pam:1:0:::::\n")
    (mount / "user.cfg").chmod(0o600)
    with tempfile.TemporaryDirectory(prefix="pmx-backup-") as backup:
        options = ("--exclude=/.*", f"{mount}/", f"{backup}/")
        run("rsync", "-a", *options)
        (mount / "passing").touch()
        (mount / "passing").unlink()
        os.utime(mount, (1_000_000, 1_000_000))
        os.utime(backup, (1_000_000, 1_000_000))
        assert_nothing_done(run("rsync", "-ai", *options))

        # And the way back, with times and a group of the links that are none of the mount's.
        for link in ("local", "lxc"):
            os.utime(f"{backup}/{link}", (2_000_000, 2_000_000), follow_symlinks=False)
            os.lchown(f"{backup}/{link}", 0, 0)
        options = ("--exclude=/.*", f"{backup}/", f"{mount}/")
        run("rsync", "-a", *options)
        before = last_index(store)
        assert_nothing_done(run("rsync", "-ai", *options))
        assert last_index(store) == before


def test_install_mv_and_copy_of_a_secret(mount, source):
    run("install", "-m", "600", source / "secret", mount / "installed")
    run("install", "-m", "600", "-o", "root", "-g", "root", source / "secret", mount / "owned")
    run("install", "-d", "-m", "700", mount / "directory")
    shutil.copy(source / "secret", mount / "copied")
    shutil.copy2(source / "secret", mount / "copied2")
    run("cp", "-p", source / "secret", mount / "moved-from")
    shutil.copytree(source, source / "again")
    run("mv", source / "again/secret", mount / "moved")
    shutil.move(source / "secret", mount / "moved2")
    for name in ("installed", "owned", "copied", "copied2", "moved-from", "moved", "moved2"):
        assert mode(mount / name) == 0o600, name
        assert as_www_data("cat", mount / name) != 0, name
    assert mode(mount / "directory") == 0o700
    assert os.stat(mount / "moved").st_gid == 0
    assert not list(source.rglob("secret")), "what was moved is gone"


def test_more_is_not_to_be_had(store, mount):
    (mount / "f").write_text("x\n")
    (mount / "priv/f").write_text("x\n")
    before = last_index(store)
    for path, shown in ((mount / "f", 0o640), (mount / "priv/f", 0o600)):
        for more in (0o644, 0o755):
            os.chmod(path, more)
        assert mode(path) == shown
        for wrong in (0o660, 0o666, 0o646, 0o2755, 0o4755):
            with pytest.raises(PermissionError):
                os.chmod(path, wrong)
        for uid, gid in ((WWW_DATA, WWW_DATA), (1000, -1), (0, 12_345)):
            with pytest.raises(PermissionError):
                os.chown(path, uid, gid)
        run("chown", "root:www-data", path)
    assert os.stat(mount / "priv/f").st_gid == 0
    assert last_index(store) == before


def test_what_is_taken_is_given_back(store, mount):
    (mount / "f").write_text("x\n")
    os.chmod(mount / "f", 0o600)
    run("chown", "root:root", mount / "f")
    assert as_www_data("cat", mount / "f") != 0
    os.chmod(mount / "f", 0o644)
    assert as_www_data("cat", mount / "f") != 0, "the group is root's still"
    run("chgrp", "www-data", mount / "f")
    assert as_www_data("cat", mount / "f") == 0
    assert mode(mount / "f") == 0o640


def test_a_new_file_has_the_mode_of_its_place(mount):
    """openssl and cp make keys with 0600 that daemons of the group are to read."""
    run("bash", "-ec", "umask 077; echo x > shell; mkdir directory; mktemp -p . temporary.XXXXXX", cwd=mount)
    os.close(os.open(mount / "key", os.O_CREAT | os.O_WRONLY, 0o600))
    files = [mount / "shell", mount / "key", *mount.glob("temporary.*")]
    assert len(files) == 3
    assert [mode(path) for path in files] == [0o640] * 3
    assert mode(mount / "directory") == 0o755


def test_editors_keep_the_mode_of_what_they_edit(mount):
    file = mount / "f"
    file.write_text("one\n")
    os.chmod(file, 0o600)
    run("sed", "-i", "s/one/two/", file)
    assert (file.read_text(), mode(file)) == ("two\n", 0o600)
    if shutil.which("vim"):
        for copy in ("yes", "no"):
            settings = f"set backup writebackup backupskip= backupcopy={copy}"
            run("vim", "-es", "-u", "NONE", "-c", settings, "-c", f"normal cc{copy}", "-c", "wq", file)
            assert (file.read_text(), mode(file)) == (f"{copy}\n", 0o600)
    if shutil.which("perl"):
        run("perl", "-pi", "-e", "s/no/perl/", file)
        assert mode(file) == 0o600


def test_it_stays_after_a_restart(store, mount):
    (mount / "early").write_text("x\n")
    os.chmod(mount / "early", 0o600)
    store.stop()
    store.start_writable()
    (mount / "late").write_text("x\n")
    os.chmod(mount / "late", 0o400)
    store.kill9()
    store.start_writable()
    assert [mode(mount / name) for name in ("early", "late")] == [0o600, 0o400]
    store.stop()
    assert store.fsck().returncode == 0


def test_pmxctl_tells_of_modes_and_obeys_them(store, mount):
    (mount / "d").mkdir()
    (mount / "d/f").write_text("x\n")
    (mount / "f").write_text("x\n")
    os.chmod(mount / "f", 0o600)
    os.chmod(mount / "d", 0o700)
    assert "0600" in store.pmxctl("stat", "f").stdout
    assert store.pmxctl_json("stat", "d")["mode"] == "0700"
    assert "mode 0600" in store.pmxctl("log", "f").stdout
    as_reader = {"user": WWW_DATA, "group": WWW_DATA, "extra_groups": [], "check": False}
    for command in (("stat", "f"), ("stat", "d/f"), ("log", "f"), ("log", "d/f")):
        assert store.pmxctl(*command, **as_reader).returncode != 0, command
    seen = store.pmxctl("log", **as_reader)
    assert seen.returncode == 0
    assert "d/f" not in seen.stdout


def test_logrotate(mount):
    if shutil.which("logrotate") is None:
        pytest.skip("logrotate is not installed")
    (mount / "log").write_text("line\n")
    with tempfile.TemporaryDirectory() as outside:
        outside = Path(outside)
        config = outside / "config"
        config.write_text(f"{mount}/log {{\n rotate 2\n create 600 root root\n}}\n")
        config.chmod(0o644)
        for _ in range(3):
            run("logrotate", "-f", "-s", outside / "state", config)
    assert mode(mount / "log") == 0o600
    assert (mount / "log.1").exists()


def test_etckeeper(mount):
    """Installing it puts /etc under its care, so only where it is: nothing else brings it along."""
    if shutil.which("etckeeper") is None:
        pytest.skip("etckeeper is not installed")
    (mount / "secret").write_text("one\n")
    os.chmod(mount / "secret", 0o600)
    who = {f"GIT_{role}_{part}": "x@y" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    environment = {**os.environ, **who}
    run("etckeeper", "init", "-d", mount, env=environment)
    (mount / "secret").write_text("two\n")
    run("etckeeper", "commit", "-d", mount, "a change", env=environment)
    assert "0600 './secret'" in (mount / ".etckeeper").read_text()
    os.chmod(mount / "secret", 0o640)
    run("etckeeper", "init", "-d", mount, env=environment)  # sets the modes that it has noted
    assert mode(mount / "secret") == 0o600


def test_what_needs_a_hard_link_says_so(mount):
    (mount / "known_hosts").write_text("host ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHeIbQwOQrTyaCk9YqZ3o1CBBFOvSDe7SRQ5xJnpDWjJ\n")
    if shutil.which("ssh-keygen"):
        failed = run("ssh-keygen", "-R", "host", "-f", mount / "known_hosts", check=False)
        assert failed.returncode != 0
        assert "not permitted" in failed.stderr
        # What the documentation says to do instead.
        script = """
            copy=$(mktemp); cp known_hosts $copy
            ssh-keygen -q -R host -f $copy; cat $copy > known_hosts; rm $copy $copy.old
        """
        run("bash", "-ec", script, cwd=mount)
        assert (mount / "known_hosts").read_text() == ""
    with pytest.raises(PermissionError):
        os.link(mount / "known_hosts", mount / "hard")


def atomic_move(source, target):
    """The calls that ansible's modules make to put a file in place (AnsibleModule.atomic_move)."""
    creating = not os.path.exists(target)
    if not creating:
        there = os.stat(target)
        os.chmod(source, stat.S_IMODE(there.st_mode))
        os.chown(source, there.st_uid, there.st_gid)
    with pytest.raises(OSError):
        os.rename(source, target)  # another filesystem
    handle, temporary = tempfile.mkstemp(prefix=".ansible_tmp", dir=os.path.dirname(target))
    os.close(handle)
    shutil.copy2(source, temporary)
    if not creating:
        os.chown(temporary, there.st_uid, there.st_gid)
    os.rename(temporary, target)
    os.unlink(source)
    if creating:
        os.chmod(target, 0o644)
        os.chown(target, os.geteuid(), os.getegid())


@pytest.mark.parametrize("place", ["", "priv/", "nodes/"])
def test_as_ansible_puts_files_in_place(mount, source, place):
    target = mount / f"{place}target"
    atomic_move(source / "secret", target)
    assert target.read_text() == "secret\n"
    os.chmod(target, 0o600)
    atomic_move(source / "public", target)
    assert (target.read_text(), mode(target)) == ("public\n", 0o600)
    assert not list(target.parent.glob(".ansible*"))
