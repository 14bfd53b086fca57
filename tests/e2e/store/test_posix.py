"""Where STORE.md asks for POSIX: random operations agree with a plain directory on tmpfs."""

import random
import subprocess
import tempfile
from pathlib import Path

import pytest

TIMEOUT = 1800


def compare(build, mount, operations):
    program = build / "tests" / "pmx-posix-compare"
    if not program.exists():
        pytest.skip("pmx-posix-compare is not built")
    seed = random.SystemRandom().randrange(2**32)
    with tempfile.TemporaryDirectory(dir="/dev/shm") as reference:
        done = subprocess.run(
            [program, mount, reference, "--seed", str(seed), "--operations", str(operations)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
    assert done.returncode == 0, done.stdout


def test_a_hundred_thousand_operations_without_a_log(build, memory_mount):
    compare(build, Path(memory_mount), 100_000)


def test_operations_on_the_daemon(build, store):
    compare(build, store.mount, 20_000)
