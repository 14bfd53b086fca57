"""What callers can make the daemon hold in memory, and what a terminal is shown."""

import errno
import os
import re
import subprocess
import sys

import pytest
from saves import content

MIB = 1 << 20


def resident(store):
    """Bytes of the daemon's own memory."""
    with open(f"/proc/{store.process.pid}/status", encoding="ascii") as status:
        return int(re.search(r"RssAnon:\s+(\d+) kB", status.read()).group(1)) << 10


def test_handles_on_one_directory_share_its_listing(store):
    many = store.mount / "many"
    many.mkdir()
    for number in range(400):
        (many / f"a-rather-long-name-of-a-file-{number:05}").touch()
    before = resident(store)
    handles = []
    try:
        for _ in range(2_000):
            handles.append(os.open(many, os.O_RDONLY | os.O_DIRECTORY))
            assert len(os.listdir(handles[-1])) == 400
        assert resident(store) - before < 20 * MIB  # a listing each would be 60 MiB and more
    finally:
        for handle in handles:
            os.close(handle)


def test_handles_on_a_virtual_file_share_its_text(store):
    for number in range(300):
        store.pmxctl("log-message", f"a message of some length, so that the log fills {number:0200}")
    length = len((store.mount / ".clusterlog").read_bytes())
    assert length > 50_000
    before = resident(store)
    handles = []
    try:
        for _ in range(1_000):
            handles.append(os.open(store.mount / ".clusterlog", os.O_RDONLY))
        assert resident(store) - before < 20 * MIB  # a text each would be 50 MiB and more
    finally:
        for handle in handles:
            os.close(handle)


def test_memory_after_a_start_is_that_of_the_tree_not_of_the_history(store):
    path = store.mount / "large"
    path.write_bytes(content("large", 0, MIB))
    assert store.stop() == 0
    store.start_writable()
    before = resident(store)
    for number in range(1, 33):
        path.write_bytes(content("large", number, MIB))
    assert store.stop() == 0
    store.start_writable()
    assert resident(store) - before < 12 * MIB  # the history has 32 MiB
    assert len(store.pmxctl_json("log", "large")["changes"]) == 33


def save_as_program(path, name):
    """By a process that calls itself so."""
    script = (
        "import ctypes, sys; ctypes.CDLL(None).prctl(15, sys.argv[2].encode());"
        "open(sys.argv[1], 'w').write('x')"
    )
    subprocess.run([sys.executable, "-c", script, path, name], check=True)


def test_names_do_not_reach_the_terminal_as_they_are(store):
    with pytest.raises(OSError) as error:
        (store.mount / "cfg\u009b31m").write_text("x\n")
    assert error.value.errno == errno.EINVAL
    hostile = "cfg\u202egpj"
    save_as_program(store.mount / hostile, "x\u202e\u009b31m")
    for command in (["log"], ["--json", "log"], ["stat", hostile], ["show-not", hostile]):
        done = store.pmxctl(*command, check=False)
        for character in done.stdout + done.stderr:
            assert character not in "\u202e\u009b", command
    assert store.pmxctl_json("log")["changes"][0]["path"] == hostile
