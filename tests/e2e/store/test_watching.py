"""What inotify tells of saves, and what the journal tells of those that did not come to be."""

import ctypes
import os
import select
import signal
import subprocess
import sys

from support.waiting import wait_until

IN_MODIFY = 0x2
SAVES = 30
_libc = ctypes.CDLL(None, use_errno=True)


class Watch:
    """Reads the file at each event and never else, as programs do that follow one."""

    def __init__(self, watched, file):
        self.file = file
        self.descriptor = _libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
        assert _libc.inotify_add_watch(self.descriptor, os.fsencode(watched), IN_MODIFY) >= 0
        self.seen = None

    def look(self):
        """Whether there was an event."""
        if not select.select([self.descriptor], [], [], 0.05)[0]:
            return False
        os.read(self.descriptor, 65536)
        self.seen = self.file.read_text()
        return True


def test_the_last_event_of_each_save_comes_when_it_can_be_read(store):
    file = store.mount / "log"
    file.write_text("")
    watches = [Watch(file, file), Watch(store.mount, file)]
    early = 0
    for number in range(SAVES):
        line = f"{number}\n"
        before = file.read_text()
        with open(file, "a", encoding="utf-8") as stream:
            stream.write(line)
            stream.flush()
            for watch in watches:
                wait_until("the event of the write", watch.look)
                early += watch.seen == before
        for watch in watches:
            wait_until("an event with the line", lambda w=watch, t=before + line: w.look() and w.seen == t)
    assert early == SAVES * len(watches), "a save that is told of early has to be told of again"


def test_a_save_of_pmxctl_is_told_of_too(store):
    file = store.mount / "f"
    file.write_text("one\n")
    watch = Watch(file, file)
    store.pmxctl("txn", "--put", "f=-", input="two\n")
    wait_until("the save", lambda: watch.look() and watch.seen == "two\n")


def test_the_journal_tells_of_a_writer_that_is_killed(store):
    file = store.mount / "f"
    file.write_text("as it was\n")
    script = "import os; f = open('f', 'w'); f.write('unsaved'); f.flush(); os.kill(os.getpid(), 9)"
    done = subprocess.run([sys.executable, "-c", script], cwd=store.mount, check=False)
    assert done.returncode == -signal.SIGKILL
    wait_until("a line of it", lambda: "killed before it saved" in store.log() and "signal 9" in store.log())
    assert file.read_text() == "as it was\n"


def test_numbers_of_files_are_their_own(store):
    names = [f"{kind}{number}" for kind in ("plain", "exclusive", "directory") for number in range(40)]
    numbers = {}
    for name in names:
        path = store.mount / name
        if name.startswith("directory"):
            path.mkdir()
        else:
            mode = "x" if name.startswith("exclusive") else "w"
            with open(path, mode, encoding="utf-8") as stream:
                numbers[name] = os.fstat(stream.fileno()).st_ino
                stream.write("x")
        assert numbers.setdefault(name, path.stat().st_ino) == path.stat().st_ino
    seen = [entry.inode() for entry in os.scandir(store.mount)]
    assert len(set(seen)) == len(seen)
    assert {entry.name: entry.inode() for entry in os.scandir(store.mount) if entry.name in numbers} == numbers
    assert max(seen) < 2**53
