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

DISK_BYTES = 40 << 20
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


def fill_with_files(store):
    """Small and large files until nothing more fits; gives their paths."""
    made = []
    while len(made) < SAVES_AT_MOST:
        path = store.mount / f"file{len(made)}"
        made.append(path)
        try:
            path.write_bytes(content(path.name, 1, SAVE_BYTES))
        except OSError as error:
            assert error.errno == errno.ENOSPC
            return [path for path in made if path.exists()]
    raise AssertionError("the disk never got full")


def assert_all_can_be_removed(store, paths):
    for path in paths:
        path.unlink()
    assert [path for path in paths if path.exists()] == []
    # What they took is there again, at the latest when the checkpoint behind them is written.
    deadline = time.monotonic() + TIMEOUT
    again = store.mount / "again"
    while True:
        try:
            again.write_bytes(content("again", 1, SAVE_BYTES))
            break
        except OSError as error:
            assert error.errno == errno.ENOSPC
            assert time.monotonic() < deadline, "the removals gave nothing back"
    for number in range(len(paths) // 2):
        (store.mount / f"again{number}").write_bytes(content("again", number, SAVE_BYTES))


def test_removing_works_on_a_full_disk_and_gives_the_room_back(store):
    paths = fill_with_files(store)
    assert_all_can_be_removed(store, paths)
    assert "history makes room" in store.log()
    assert store.stop() == 0
    assert store.fsck().returncode == 0


# With little, half and nearly all of what one checkpoint takes still to be written.
@pytest.mark.parametrize("saves", [2, 20, 39])
def test_removing_works_where_others_fill_the_disk(store, small_disk, saves):
    paths = [store.mount / f"file{number}" for number in range(saves)]
    for path in paths:
        path.write_bytes(content(path.name, 1, SAVE_BYTES))
    with pytest.raises(OSError) as error, (small_disk / "other").open("wb", buffering=0) as other:
        while True:
            other.write(bytes(4096))
    assert error.value.errno == errno.ENOSPC
    for path in paths:
        path.unlink()
    assert [path for path in paths if path.exists()] == []
    (small_disk / "other").unlink()
    save_once_there_is_room(Filler(store.mount, "again"))


def test_removing_works_after_a_start_on_a_full_disk(store):
    paths = fill_with_files(store)
    store.kill9()
    store.start_writable()
    assert_all_can_be_removed(store, paths)
    store.kill9()
    assert store.fsck().returncode == 0


def test_removing_works_while_others_go_on_saving(store):
    paths = fill_with_files(store)
    stop = threading.Event()
    errors = []

    def save():
        path = store.mount / "busy"
        while not stop.is_set():
            try:
                path.write_bytes(content("busy", 1, SAVE_BYTES))
            except OSError as error:
                errors.append(error.errno)

    threads = [threading.Thread(target=save, daemon=True) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    try:
        for path in paths:
            path.unlink()
    finally:
        stop.set()
        for thread in threads:
            thread.join(TIMEOUT)
    assert set(errors) <= {errno.ENOSPC}
    assert [path for path in paths if path.exists()] == []
