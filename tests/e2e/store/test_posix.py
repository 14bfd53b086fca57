"""Random operations agree with a plain directory on tmpfs, where POSIX has the say."""

import os
import random
import subprocess
import tempfile
from pathlib import Path

import pytest

TIMEOUT = 1800
# scripts/check posix does 100,000.
OPERATIONS = int(os.environ.get("PMX_OPERATIONS", "20000"))


def compare(build, mount):
    program = build / "tests" / "pmx-posix-compare"
    if not program.exists():
        pytest.skip("pmx-posix-compare is not built")
    seed = random.SystemRandom().randrange(2**32)
    with tempfile.TemporaryDirectory(dir="/dev/shm") as reference:
        done = subprocess.run(
            [program, mount, reference, "--seed", str(seed), "--operations", str(OPERATIONS)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
    assert done.returncode == 0, done.stdout


def test_the_mount_without_a_log_below(build, memory_mount):
    compare(build, Path(memory_mount))


def test_the_daemon(build, store):
    compare(build, store.mount)
