"""Programs that people use on files, inside the mount: the daemon's, and one without a log below."""

import os
import pty
import select
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

TIMEOUT = 600


@pytest.fixture(params=["daemon", "memory"])
def work(request, build):
    """An empty directory in a mount."""
    program = {"daemon": "bin/pmxcfs-lite", "memory": "tests/pmx-memory-mount"}[request.param]
    if not (build / program).exists():
        pytest.skip(f"{program} is not built")
    if request.param == "daemon":
        mount = request.getfixturevalue("store").mount
    else:
        mount = request.getfixturevalue("memory_mount")
    directory = Path(mount) / "work"
    directory.mkdir()
    return directory


def run(work, *command, check=True, **options):
    home = {"HOME": str(work.parent.parent), "GIT_CONFIG_NOSYSTEM": "1", "TERM": "xterm"}
    done = subprocess.run(
        command,
        cwd=work,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        env={**os.environ, **home},
        check=False,
        **options,
    )
    if check:
        assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done


def bash(work, script, **options):
    return run(work, "bash", "-ec", script, **options)


def needs(program):
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")


def test_vim(work):
    needs("vim")
    (work / "f").write_text("one\ntwo\n")
    run(work, "vim", "-es", "-u", "NONE", "-c", "%s/two/three/", "-c", "wq", "f")
    assert (work / "f").read_text() == "one\nthree\n"
    run(work, "vim", "-es", "-u", "NONE", "-c", "normal ihello", "-c", "wq", "new")
    assert (work / "new").read_text() == "hello\n"
    assert sorted(path.name for path in work.iterdir()) == ["f", "new"]


def test_vim_with_backup(work):
    needs("vim")
    (work / "f").write_text("one\n")
    for copy in ("yes", "no", "auto"):
        settings = f"set backup writebackup backupskip= backupcopy={copy}"
        run(work, "vim", "-es", "-u", "NONE", "-c", settings, "-c", f"normal ccby {copy}", "-c", "wq", "f")
        assert (work / "f").read_text() == f"by {copy}\n"
    assert (work / "f~").read_text() == "by no\n"


def test_nano(work):
    needs("nano")
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(work)
        os.environ["TERM"] = "xterm"
        os.execvp("nano", ["nano", "--ignorercfiles", "f"])
    wait_for_output(terminal, b"New File")
    os.write(terminal, b"typed in nano\x0f\r")  # ^O Enter
    wait_for_output(terminal, b"Wrote 1 line")
    os.write(terminal, b"\x18")  # ^X
    drain(terminal)
    assert os.waitpid(pid, 0)[1] == 0
    os.close(terminal)
    assert (work / "f").read_text() == "typed in nano\n"


def wait_for_output(terminal, wanted):
    seen = b""
    deadline = time.monotonic() + TIMEOUT
    while wanted not in seen:
        left = deadline - time.monotonic()
        assert left > 0, seen
        if select.select([terminal], [], [], left)[0]:
            seen += os.read(terminal, 65536)


def drain(terminal):
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:  # EIO: the other side is closed
        pass


def test_sed_in_place(work):
    (work / "f").write_text("a\nb\n")
    run(work, "sed", "-i", "s/b/c/", "f")
    run(work, "sed", "-i.orig", "s/c/d/", "f")
    assert (work / "f").read_text() == "a\nd\n"
    assert (work / "f.orig").read_text() == "a\nc\n"


def test_copying_with_attributes(work):
    with tempfile.TemporaryDirectory() as outside:
        source = Path(outside) / "source"
        (source / "below").mkdir(parents=True)
        (source / "f").write_text("x" * 100_000)
        (source / "below" / "empty").touch()
        os.utime(source / "f", (1_000_000, 1_000_000))
        for path in (source / "f", source / "below" / "empty"):
            path.chmod(0o644)
        for command in (["cp", "-a"], ["rsync", "-a"], ["rsync", "-rt"]):
            needs(command[0])
            target = work / "-".join(command)
            run(work, *command, f"{source}/.", target)
            assert run(work, "diff", "-r", source, target).stdout == ""
            assert (target / "f").stat().st_mtime == 1_000_000
            run(work, *command, f"{target}/.", f"{target}.inside")
            assert run(work, "diff", "-r", source, f"{target}.inside").stdout == ""
        again = run(work, "rsync", "-ai", f"{source}/", work / "rsync--a")
        assert [line for line in again.stdout.splitlines() if "f" == line.split()[-1]] in (
            [],
            [".f...p..... f"],
        )


def test_moving(work):
    bash(work, "mkdir a; echo x > a/f; mv a b; mv b/f g; rmdir b; mv g /dev/shm/$$-g; mv /dev/shm/$$-g h")
    assert (work / "h").read_text() == "x\n"
    assert [path.name for path in work.iterdir()] == ["h"]


def test_git(work):
    needs("git")
    bash(
        work,
        """
        git init -q .
        git config user.name Test; git config user.email test@example.org
        for i in 1 2 3; do echo $i > file; mkdir -p sub/$i; echo $i > sub/$i/f; git add -A; git commit -qm $i; done
        git mv file moved; git commit -qm moved
        git gc -q --prune=now
        git fsck --strict
        test -z "$(git status --porcelain)"
        git checkout -q HEAD~2; test "$(cat file)" = 2
        git clone -q . clone; test "$(git -C clone log --oneline | wc -l)" = 2
        """,
    )


def test_tar(work):
    bash(
        work,
        """
        mkdir -p a/b; seq 1000 > a/b/f; touch -d @1000000 a/b/f
        tar czf a.tar.gz a; mkdir out; tar xzf a.tar.gz -C out
        diff -r a out/a; test $(stat -c %Y out/a/b/f) = 1000000
        """,
    )


def test_small_tools(work):
    bash(
        work,
        """
        f=$(mktemp -p .); echo x > $f; test "$(cat $f)" = x; mktemp -d -p . >/dev/null
        echo data > source; install -m 644 source installed; cmp source installed
        install -d -m 755 dir; touch new; test -e new -a ! -s new
        dd if=/dev/zero of=zeros bs=1000 count=30 status=none; test $(stat -c %s zeros) = 30000
        dd if=/dev/zero of=zeros bs=1 count=1 seek=40000 conv=notrunc,fsync status=none
        test $(stat -c %s zeros) = 40001
        cat source >> log; cat source >> log; test "$(wc -l < log)" = 2
        sort -o log log; tee copy < log > /dev/null; cmp log copy
        truncate -s 5 copy; test $(stat -c %s copy) = 5
        python3 -c 'import sqlite3; c = sqlite3.connect("db"); c.execute("create table t(a)"); \
            [c.execute("insert into t values(?)", (i,)) for i in range(100)]; c.commit(); \
            assert c.execute("select count(*) from t").fetchone() == (100,)'
        """,
    )


def test_refusals_are_said(work):
    (work / "f").touch()
    assert "not permitted" in run(work, "ln", "-s", "f", "link", check=False).stderr
    assert "not permitted" in run(work, "ln", "f", "link", check=False).stderr
    assert "not permitted" in run(work, "chmod", "660", "f", check=False).stderr


def test_flock(work):
    (work / "counter").write_text("0\n")
    script = """
        for i in $(seq 20); do
            ( flock 9; read n < counter; echo $((n + 1)) > counter ) 9> lock
        done
    """
    writers = [subprocess.Popen(["bash", "-ec", script], cwd=work) for _ in range(3)]
    assert [writer.wait(TIMEOUT) for writer in writers] == [0, 0, 0]
    assert (work / "counter").read_text() == "60\n"


def test_tail_follows(work):
    (work / "log").write_text("first\n")
    tail = subprocess.Popen(
        ["tail", "-n", "+1", "-s", "0.1", "-f", "log"], cwd=work, stdout=subprocess.PIPE, text=True
    )
    try:
        assert tail.stdout.readline() == "first\n"
        for line in ("second\n", "third\n"):
            with open(work / "log", "a", encoding="utf-8") as log:
                log.write(line)
            assert tail.stdout.readline() == line
    finally:
        tail.send_signal(signal.SIGTERM)
        tail.wait(TIMEOUT)
