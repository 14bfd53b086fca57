"""A program that saves and reads files of a mount until its standard input ends, and writes down
what it did, one line an operation, as tests/support/linearizability.h wants it.

    history_client.py NUMBER SEED MOUNT HISTORY MADE SHARE KEY... -- SYNC-COMMAND...

A read is a `sync` and then a read: it must see all that was saved anywhere before it was called.
SHARE of the saves make a file MADE/NUMBER/VALUE that nobody saves again, a line "make" each, which
that judge does not know.
"""

import os
import random
import select
import subprocess
import sys
import time

SIZE = 8192  # a save is several write calls, so a torn one could be told
PIECE = 4096
PAUSE = 0.02  # after a failure: a node without quorum refuses at once


class Torn(Exception):
    """A file's content is not what one save wrote."""


def content_of(value):
    return f"{value}\n".encode().ljust(64, b".") * (SIZE // 64)


def value_of(content):
    value = content[:64].partition(b"\n")[0].decode(errors="replace")
    if content != content_of(value):
        raise Torn(f"{len(content)} bytes beginning with {content[:64]!r}")
    return value


def save(path, content, flags=os.O_WRONLY):
    """Overwrites a file of the same size. None: not begun; else whether it was acknowledged."""
    try:
        descriptor = os.open(path, flags)
    except OSError:
        return None
    try:
        try:
            for at in range(0, len(content), PIECE):
                os.write(descriptor, content[at : at + PIECE])
        finally:
            os.close(descriptor)
    except OSError:
        return False
    return True


class Client:
    def __init__(self, number, seed, mount, history, made, share, sync):
        self.number = number
        self.random = random.Random(f"{seed}/{number}")
        self.mount = mount
        self.history = history
        self.made = made
        self.share = share
        self.sync = sync
        self.serial = 0

    def record(self, kind, key, value, called, returned):
        print(self.number, kind, key, value, called, returned, file=self.history, flush=True)

    def write(self, key):
        self.serial += 1
        value = f"{self.number}.{self.serial}"
        called = time.monotonic_ns()
        saved = save(f"{self.mount}/{key}", content_of(value))
        returned = time.monotonic_ns()
        if saved is not None:
            self.record("write", key, value, called, returned if saved else "?")
        return bool(saved)

    def make(self):
        self.serial += 1
        value = f"{self.number}.{self.serial}"
        path = f"{self.made}/{self.number}/{value}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        called = time.monotonic_ns()
        saved = save(f"{self.mount}/{path}", content_of(value), flags)
        returned = time.monotonic_ns()
        # A failed open may have made it, empty.
        self.record("make", path, value, called, returned if saved else "?")
        return bool(saved)

    def read(self, key):
        called = time.monotonic_ns()
        done = subprocess.run(self.sync, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if done.returncode != 0:
            return False
        try:
            with open(f"{self.mount}/{key}", "rb") as file:
                value = value_of(file.read())
        except OSError:
            return False
        self.record("read", key, value, called, time.monotonic_ns())
        return True

    def work(self, key):
        if self.random.random() >= 0.7:
            return self.read(key)
        return self.make() if self.random.random() < self.share else self.write(key)

    def run(self, keys):
        while not select.select([sys.stdin], [], [], 0)[0]:
            succeeded = self.work(self.random.choice(keys))
            if not succeeded:
                time.sleep(PAUSE)


def main():
    number, seed, mount, path, made, share, *rest = sys.argv[1:]
    keys, sync = rest[: rest.index("--")], rest[rest.index("--") + 1 :]
    with open(path, "a", encoding="ascii") as history:
        Client(int(number), seed, mount, history, made, float(share), sync).run(keys)


if __name__ == "__main__":
    main()
