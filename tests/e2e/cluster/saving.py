"""Saves of a cluster in which something has just happened."""

import errno
import time

from support.waiting import TIMEOUT


def save_soon(host, name, text, timeout=TIMEOUT, refusals=(errno.EROFS, errno.EIO)):
    """A save that may be refused for a while: until it succeeds."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            return host.save(name, text)
        except OSError as error:
            assert error.errno in refusals, error
            assert time.monotonic() < deadline, f"{host.name} cannot save: {error}"
            time.sleep(0.02)
