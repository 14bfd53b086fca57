"""SQLite in the mount, from several processes at once: locks, reads after locks, saves before unlocks."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

PROCESSES = 3
ROWS = 20

WRITER = """
import sqlite3, sys
name, writer, rows, synchronous = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
connection = sqlite3.connect(name, timeout=300, isolation_level=None)
connection.execute(f"pragma synchronous = {synchronous}")
for row in range(rows):
    connection.execute("begin immediate")
    connection.execute("insert into t values (?, ?)", (writer, row))
    connection.execute("update counter set n = n + 1")
    connection.execute("commit")
"""


@pytest.fixture(params=["daemon", "memory"])
def directory(request):
    """A directory in a mount: the daemon's, and one without a log below."""
    if request.param == "daemon":
        return Path(request.getfixturevalue("store").mount)
    return Path(request.getfixturevalue("memory_mount"))


@pytest.mark.parametrize("synchronous", ["full", "off"])
def test_three_processes_lose_no_row(directory, synchronous):
    name = directory / "db"
    connection = sqlite3.connect(name)
    connection.executescript("create table t (writer, row); create table counter (n); insert into counter values (0)")
    connection.close()
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, name, str(writer), str(ROWS), synchronous])
        for writer in range(PROCESSES)
    ]
    assert [writer.wait(600) for writer in writers] == [0] * PROCESSES
    connection = sqlite3.connect(name)
    assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
    assert connection.execute("select n from counter").fetchone() == (PROCESSES * ROWS,)
    assert connection.execute("select count(*) from t").fetchone() == (PROCESSES * ROWS,)
    connection.close()


def test_the_wal_mode_is_refused_at_once_and_spoils_nothing(directory):
    name = directory / "db"
    connection = sqlite3.connect(name)
    connection.executescript("create table t (a); insert into t values (1)")
    try:
        mode = connection.execute("pragma journal_mode = wal").fetchone()[0]
        assert mode == "delete"
    except sqlite3.OperationalError:
        pass
    connection.close()
    connection = sqlite3.connect(name)
    connection.execute("insert into t values (2)")
    connection.commit()
    assert connection.execute("select count(*) from t").fetchone() == (2,)
    connection.close()
