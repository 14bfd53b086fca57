"""Fixtures of the store's end-to-end tests."""

import subprocess
import tempfile
from pathlib import Path

import pytest
from running_store import Store, is_mounted


@pytest.fixture
def make_store(build):
    """Makes stores that are not started yet: make_store(state=None, args=()) -> Store."""
    made = []

    def make(**options):
        made.append(Store(build, **options))
        return made[-1]

    yield make
    for store in made:
        store.clean_up()


@pytest.fixture
def store(make_store):
    """A store with a fresh database, serving."""
    return make_store().start_writable()


@pytest.fixture
def memory_mount(build):
    """A mount without a log below: the FUSE layer alone. Gives its directory."""
    program = build / "tests" / "pmx-memory-mount"
    if not program.exists():
        pytest.skip("pmx-memory-mount is not built")
    with tempfile.TemporaryDirectory(prefix="pmx-memory-") as directory:
        process = subprocess.Popen([program, directory], stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "READY\n"
        yield Path(directory)
        process.terminate()
        assert process.wait(120) == 0
        assert not is_mounted(directory)


@pytest.hookimpl(tryfirst=True, hookwrapper=True)
def pytest_runtest_makereport(item):
    """Shows the daemons' logs with a failure."""
    report = (yield).get_result()
    if report.when != "call" or not report.failed:
        return
    for value in getattr(item, "funcargs", {}).values():
        if isinstance(value, Store) and value.log_path.exists():
            report.sections.append(("daemon log", "\n".join(value.log().splitlines()[-60:])))
