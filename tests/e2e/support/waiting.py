"""Waiting for the thing itself, with a deadline."""

import time

# For what never comes. It costs nothing where the thing comes, so it is one that a slow machine with
# other things to do does not miss.
TIMEOUT = 120.0


def wait_until(what, predicate, timeout=TIMEOUT):
    """The first true value of predicate(); fails the test when there is none in time."""
    deadline = time.monotonic() + timeout
    pause = 0.01
    while True:
        value = predicate()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {timeout} s: {what}"
        time.sleep(pause)
        pause = min(pause * 1.2, 0.1)  # who asks all the time slows down what it waits for
