"""The disk under the store is full: writers are told ENOSPC, readers go on, and with space again so
do the writers."""

import errno
import os
import subprocess
import threading
import time

import pytest
from saves import content, serial_of
from support.waiting import TIMEOUT

DISK_BYTES = 24 << 20
BALLAST_BYTES = 8 << 20
SAVE_BYTES = 100_000
WRITERS = 4
# Far beyond the disk: a store that still takes saves then does not keep them.
SAVES_AT_MOST = 4 * DISK_BYTES // SAVE_BYTES


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own for the state directory, with ballast to throw off later."""
    disk = tmp_path / "disk"
    disk.mkdir()
    options = f"size={DISK_BYTES},mode=0700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "pmx-test", disk], check=True)
    (disk / "ballast").write_bytes(bytes(BALLAST_BYTES))
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


@pytest.fixture
def store(small_disk, make_store):
    (small_disk / "state").mkdir()
    return make_store(state=small_disk / "state").start_writable()


class Filler:
    """Saves one file over and over until that fails; remembers the last save that did not."""

    def __init__(self, mount, name):
        self.path = mount / name
        self.name = name
        self.acknowledged = None
        self.tried = 0

    def save(self, size=SAVE_BYTES):
        self.tried += 1
        data = content(self.name, self.tried, size)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            os.write(descriptor, data)
        finally:
            os.close(descriptor)
        self.acknowledged = self.tried

    def fill(self):
        """The errno of the first save that fails; 0 when none does."""
        try:
            while self.tried < SAVES_AT_MOST:
                self.save()
        except OSError as error:
            return error.errno
        return 0

    def check(self):
        assert serial_of(self.name, self.path.read_bytes()) == self.acknowledged


def fill_disk(fillers):
    errors = {}
    threads = [
        threading.Thread(target=lambda f=f: errors.update({f.name: f.fill()}), daemon=True)
        for f in fillers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(600)
    assert errors == {f.name: errno.ENOSPC for f in fillers}


def save_once_there_is_room(filler, within_s=TIMEOUT):
    """The daemon tries its disk again by and by; until then a save is told ENOSPC and nothing else."""
    deadline = time.monotonic() + within_s
    while True:
        try:
            return filler.save(size=1000)
        except OSError as error:
            assert error.errno == errno.ENOSPC
            assert time.monotonic() < deadline, "saves still fail though there is room"


@pytest.fixture
def fillers(store):
    made = [Filler(store.mount, f"w{i}") for i in range(WRITERS)]
    for filler in made:
        filler.save()
    return made


def test_enospc_then_readers_go_on_then_space_again(store, small_disk, fillers):
    fill_disk(fillers)
    for filler in fillers:
        filler.check()
    assert (store.mount / "nodes").is_dir()
    assert "full" in store.pmxctl_json("status")["last_failure"]["text"]
    assert store.process.poll() is None

    (small_disk / "ballast").unlink()
    for filler in fillers:
        save_once_there_is_room(filler)
        filler.check()
    (store.mount / "new-directory").mkdir()
    assert store.stop() == 0
    assert store.fsck().returncode == 0
    store.start()
    for filler in fillers:
        filler.check()
    assert (store.mount / "new-directory").is_dir()


def test_it_starts_and_serves_reads_on_a_full_disk(store, small_disk, fillers):
    fill_disk(fillers)
    store.kill9()
    store.start()
    for filler in fillers:
        filler.check()
    (small_disk / "ballast").unlink()
    save_once_there_is_room(fillers[0])
    for filler in fillers:
        filler.save(size=1000)
    store.kill9()
    assert store.fsck().returncode == 0
    store.start()
    for filler in fillers:
        filler.check()


def test_it_stops_on_a_full_disk(store, fillers):
    fill_disk(fillers)
    assert store.stop() == 0
    assert store.fsck().returncode == 0
