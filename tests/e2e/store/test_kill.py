"""kill -9 at random instants under eight writers: what was acknowledged is there, nothing is half.

PMX_KILLS: how many instants (25). PMX_SEED: replays a run's choices (the instants' outcome still
depends on the machine).
"""

import os
import random
import time

import pytest
from support.waiting import wait_until
from writers import Appender, Creator, Crowd, Locker, Overwriter, Renamer

KILLS = int(os.environ.get("PMX_KILLS", "25"))


@pytest.fixture
def seed():
    value = int(os.environ.get("PMX_SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"PMX_SEED={value}")
    return value


def make_writers(mount, seed):
    kinds = [Overwriter, Overwriter, Renamer, Renamer, Appender, Appender, Creator, Locker]
    writers = [kind(mount, f"w{i}", seed) for i, kind in enumerate(kinds)]
    for writer in writers:
        writer.create_directory()
    return writers


def start_after_a_crash(store, choices):
    """Sometimes a start is killed as well, before it got anywhere or just before it was done."""
    while choices.random() < 0.25:
        store.launch()
        time.sleep(choices.uniform(0, 0.1))
        store.kill9()
    store.start_writable()


def check_database(store):
    done = store.fsck()
    assert done.returncode == 0, done.stdout + done.stderr


def test_kill_at_random_instants(store, seed):
    choices = random.Random(seed)
    writers = make_writers(store.mount, seed)
    for number in range(KILLS):
        before = {writer.name: writer.saves for writer in writers}
        crowd = Crowd(writers)
        if number % 2 == 0:  # there are saves between the kills, however slow the machine
            wait_until(
                "two saves of each", lambda: all(w.saves > before[w.name] + 1 for w in writers)
            )
        time.sleep(choices.uniform(0, 0.8))
        store.kill9()
        crowd.join()
        check_database(store)
        start_after_a_crash(store, choices)
        for writer in writers:
            writer.check()
    print({writer.name: writer.saves for writer in writers})
    assert all(writer.saves >= KILLS for writer in writers), "hardly a save between the kills"


def test_stop_under_eight_writers_loses_nothing(store, seed):
    """SIGTERM instead: errors are fine, lost saves are not, and it comes to an end."""
    writers = make_writers(store.mount, seed)
    for _ in range(3):
        crowd = Crowd(writers)
        time.sleep(0.5)
        assert store.stop() == 0
        crowd.join()
        check_database(store)
        store.start_writable()
        for writer in writers:
            writer.check()
