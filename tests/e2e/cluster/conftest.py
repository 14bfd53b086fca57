"""Fixtures of the tests on a real cluster. One cluster a test: they break it in every way."""

import os
import random

import pytest
from support.cluster import Cluster


@pytest.fixture
def make_cluster(build):
    """Makes clusters: make_cluster(3, quorum=["two_node: 1"]) -> Cluster that nothing runs on."""
    made = []

    def make(count, **options):
        made.append(Cluster.create(build, count, **options))
        return made[-1]

    yield make
    for cluster in made:
        cluster.destroy()


@pytest.fixture
def seed():
    """Of all that a test leaves to chance; PMX_SEED replays it."""
    value = int(os.environ.get("PMX_SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"PMX_SEED={value}")
    return value


@pytest.fixture
def formed(make_cluster):
    """Three nodes that are one cluster."""
    return make_cluster(3).start().wait_together()


@pytest.hookimpl(tryfirst=True, hookwrapper=True)
def pytest_runtest_makereport(item):
    """Shows the ends of all logs with a failure."""
    report = (yield).get_result()
    if report.when != "call" or not report.failed:
        return
    clusters = (value for value in item.funcargs.values() if isinstance(value, Cluster))
    for cluster in clusters:
        report.sections.append(("logs", cluster.logs()))
