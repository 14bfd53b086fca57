"""Fixtures of the store's end-to-end tests."""

import pytest
from running_store import Store


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
    return make_store().start()


@pytest.hookimpl(tryfirst=True, hookwrapper=True)
def pytest_runtest_makereport(item):
    """Shows the daemons' logs with a failure."""
    report = (yield).get_result()
    if report.when != "call" or not report.failed:
        return
    for value in getattr(item, "funcargs", {}).values():
        if isinstance(value, Store) and value.log_path.exists():
            report.sections.append(("daemon log", "\n".join(value.log().splitlines()[-60:])))
