"""Waiting for the thing itself, with a deadline."""

import time


def wait_until(what, predicate, timeout=20.0):
    """The first true value of predicate(); fails the test when there is none in time."""
    deadline = time.monotonic() + timeout
    while True:
        value = predicate()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {timeout} s: {what}"
        time.sleep(0.01)
