"""A damaged database: the daemon always starts, says what it found, serves what is whole, and
`pmxctl recover --confirm` goes on with that. Never a crash, never a half file, never in silence.

PMX_DAMAGES: how many damaged databases (15). PMX_SEED replays a run.
"""

import errno
import os
import random
import shutil

import pytest
from saves import content, serial_of
from support.waiting import wait_until

DAMAGES = int(os.environ.get("PMX_DAMAGES", "15"))
PAGE_BYTES = 4096


@pytest.fixture
def seed():
    value = int(os.environ.get("PMX_SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"PMX_SEED={value}")
    return value


def save(mount, name, serial, size):
    (mount / name).write_bytes(content(name, serial, size))


def files_found(mount):
    """{name: serial} of the self-describing files; raises Torn when one is not whole."""
    return {
        path.name: serial_of(path.name, path.read_bytes())
        for path in mount.iterdir()
        if path.name.startswith("file")
    }


def fill(store, choices):
    """Several versions of many files, so that tree, log and history all have pages."""
    saved = {}
    for serial in range(1, 5):
        for i in range(30):
            name = f"file{i}"
            save(store.mount, name, serial, choices.choice([0, 50, 3000, 20_000]))
            saved[name] = serial
    return saved


def flip_bytes(data, choices):
    for _ in range(choices.choice([1, 1, 1, 8, 64])):
        at = choices.randrange(len(data))
        data[at] ^= choices.randrange(1, 256)


def zero_page(data, choices):
    at = choices.randrange(len(data) // PAGE_BYTES) * PAGE_BYTES
    data[at : at + PAGE_BYTES] = bytes(PAGE_BYTES)


def noise_page(data, choices):
    at = choices.randrange(len(data) // PAGE_BYTES) * PAGE_BYTES
    data[at : at + PAGE_BYTES] = choices.randbytes(PAGE_BYTES)


def swap_pages(data, choices):
    pages = len(data) // PAGE_BYTES
    a, b = (choices.randrange(pages) * PAGE_BYTES for _ in range(2))
    data[a : a + PAGE_BYTES], data[b : b + PAGE_BYTES] = (
        data[b : b + PAGE_BYTES],
        data[a : a + PAGE_BYTES],
    )


def cut_off(data, choices):
    del data[choices.randrange(len(data)) :]


def empty(data, _choices):
    data.clear()


DAMAGE_KINDS = [flip_bytes] * 6 + [zero_page, noise_page, swap_pages, cut_off, empty]


def damage(path, choices):
    # A log of writes that ends early is what a crash leaves: nobody can tell it from damage.
    kinds = [kind for kind in DAMAGE_KINDS if path.suffix == ".db" or kind not in (cut_off, empty)]
    data = bytearray(path.read_bytes())
    kind = choices.choice(kinds)
    before = bytes(data)
    kind(data, choices)
    path.write_bytes(data)
    return f"{kind.__name__} in {path.name}", bytes(data) != before


def check_damaged(store, saved, what):
    """Read-only with a diagnosis; then confirmed, and writable."""
    status = store.pmxctl_json("status")
    assert status["writable"] is False, what
    assert status["read_only_reason"], what
    told = store.pmxctl_json("recover")["damage"]
    assert told["summary"], what
    assert os.path.isdir(told["set_aside"]), what
    assert str(told["set_aside"]).startswith(str(store.state)), what
    with pytest.raises(OSError) as refused:
        save(store.mount, "refused", 1, 10)
    assert refused.value.errno == errno.EROFS, what
    found = files_found(store.mount)
    gone = {name: found.get(name) for name in saved if found.get(name) != saved[name]}
    if gone:
        print(f"  not as saved last: {gone}")
        said = " ".join([*told["problems"], *(f"{item} lost" for item in told["lost"])])
        assert "lost" in said, f"{what}: lost in silence: {gone}\n{told}"
    # The same comes again at the next start, until somebody confirms.
    store.kill9()
    store.start()
    assert store.pmxctl_json("status")["writable"] is False, what
    assert files_found(store.mount) == found, what

    assert store.pmxctl_json("recover", "--confirm")["confirmed"] is True, what
    assert files_found(store.mount) == found, what
    return found


def check_writable(store, expected, what):
    wait_until(f"writable: {what}", lambda: store.pmxctl_json("status")["writable"])
    assert files_found(store.mount) == expected, what
    save(store.mount, "afterwards", 1, 5000)
    store.kill9()
    done = store.fsck()
    assert done.returncode == 0, f"{what}\n{done.stdout}{done.stderr}"
    store.start()
    assert files_found(store.mount) == expected, what
    assert serial_of("afterwards", (store.mount / "afterwards").read_bytes()) == 1, what


def database_files(state):
    return sorted(path for path in state.iterdir() if path.name.startswith("store.db") and
                  not path.name.endswith("-shm") and path.stat().st_size > 0)


@pytest.mark.parametrize("ending", ["stopped", "killed"])
def test_damage_in_any_byte(make_store, seed, ending):
    choices = random.Random(f"{seed}/{ending}")
    original = make_store().start_writable()
    saved = fill(original, choices)
    if ending == "stopped":
        original.stop()
    else:
        original.kill9()
    last_save = dict([list(saved.items())[-1]])
    counts = {"whole": 0, "damaged": 0}
    for round_number in range(DAMAGES):
        store = make_store()
        shutil.copytree(original.state, store.state, dirs_exist_ok=True)
        path = choices.choice(database_files(store.state))
        kind, changed = damage(path, choices)
        what = f"round {round_number}: {kind}"
        print(what)
        checked = store.fsck()
        assert checked.returncode in (0, 1), f"{what}\n{checked.stderr}"
        store.start()
        if store.pmxctl_json("status")["damage"] is None:
            counts["whole"] += 1
            found = files_found(store.mount)
            if path.suffix != ".db":
                found.update(last_save)  # its damage looks like a crash before it was there
            assert found == saved, what
            check_writable(store, files_found(store.mount), what)
        else:
            assert changed, what
            assert checked.returncode == 1, f"{what}: fsck saw nothing"
            counts["damaged"] += 1
            check_writable(store, check_damaged(store, saved, what), what)
        store.clean_up()
    print(ending, counts)
    assert counts["damaged"] > 0
