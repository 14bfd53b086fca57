"""Programs that save without end and remember what was acknowledged.

A writer owns a directory. It knows which state the directory is in by what was acknowledged, and
which state the one operation that is under way leads to. After a crash the directory must be in
one of the two, exactly: every save that had returned is there, nothing is half done.
"""

import os
import random
import threading

from saves import content, serial_of

PIECE = 60_000  # bytes a write call carries: a save is several calls


class Writer:
    """State: {name: serial, None for an empty file, "dir" for a directory}."""

    def __init__(self, root, name, seed):
        self.name = name
        self.directory = root / name
        self.random = random.Random(f"{seed}/{name}")
        self.serial = 0
        self.saves = 0
        self.acknowledged = {}
        self.under_way = None  # the state after the operation that has not returned

    def create_directory(self):
        self.directory.mkdir()

    def do(self, state_after, operation):
        """One operation that is one change: it has happened, or it has not."""
        self.under_way = state_after
        operation()
        self.acknowledged = state_after
        self.under_way = None
        self.saves += 1

    def save(self, name, flags):
        """open, several writes, close."""
        self.serial += 1
        serial = self.serial
        data = content(self.name, serial, self.random.choice([0, 100, 5_000, 200_000]))

        def operation():
            descriptor = os.open(self.directory / name, os.O_WRONLY | flags, 0o644)
            try:
                for at in range(0, len(data), PIECE):
                    os.write(descriptor, data[at : at + PIECE])
            except OSError:
                _close_quietly(descriptor)
                raise
            os.close(descriptor)

        self.do({**self.acknowledged, name: serial}, operation)

    def without(self, name):
        return {key: value for key, value in self.acknowledged.items() if key != name}

    def run(self, stop):
        """Saves until an operation fails, as all do once the store was killed; gives the error."""
        while not stop.is_set():
            try:
                self.step()
            except OSError as error:
                return error
        return None

    def step(self):
        raise NotImplementedError

    def look(self):
        """The state that the directory is in; raises Torn."""
        state = {}
        for path in self.directory.iterdir():
            is_directory = path.is_dir()
            state[path.name] = "dir" if is_directory else serial_of(self.name, path.read_bytes())
        return state

    def check(self):
        """After a restart: takes up the state found, which must be one of the two it may be."""
        found = self.look()
        allowed = [self.acknowledged]
        if self.under_way is not None:
            allowed.append(self.under_way)
        assert found in allowed, f"{self.name}: found {found}, allowed {allowed}"
        self.acknowledged = found
        self.under_way = None


class Overwriter(Writer):
    """Saves in place, as an editor without a backup does."""

    def step(self):
        self.save(f"file{self.random.randrange(4)}", os.O_CREAT | os.O_TRUNC)


class Renamer(Writer):
    """Writes beside, then renames over, as careful programs do."""

    def step(self):
        name = f"file{self.random.randrange(4)}"
        self.save("new", os.O_CREAT | os.O_TRUNC)
        state = {**self.without("new"), name: self.acknowledged["new"]}
        self.do(state, lambda: os.rename(self.directory / "new", self.directory / name))


class Creator(Writer):
    """Creates exclusively, fills, unlinks."""

    def step(self):
        name = f"file{self.random.randrange(4)}"
        path = self.directory / name
        if name in self.acknowledged:
            self.do(self.without(name), path.unlink)
            return
        state = {**self.acknowledged, name: None}
        self.do(state, lambda: os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)))
        self.save(name, os.O_TRUNC)


class Locker(Writer):
    """Takes and frees the cluster's locks."""

    def create_directory(self):
        self.directory = self.directory.parent / "priv/lock"

    def step(self):
        name = f"lock{self.random.randrange(4)}"
        path = self.directory / name
        if name in self.acknowledged:
            self.do(self.without(name), path.rmdir)
        else:
            self.do({**self.acknowledged, name: "dir"}, path.mkdir)


class Appender(Writer):
    """Appends lines to a file that others append to as well; each line is synced."""

    LINES_A_FILE = 200

    def __init__(self, root, name, seed):
        super().__init__(root, name, seed)
        self.file = 0
        self.lines = 0  # acknowledged, in this file

    def create_directory(self):
        self.directory = self.directory.parent / "appended"
        self.directory.mkdir(exist_ok=True)

    def line(self, number):
        return f"{self.name} {number} {'.' * (number % 50)}|\n"

    def step(self):
        path = self.directory / f"log{self.file}"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            for _ in range(self.random.randrange(1, 5)):
                self.under_way = self.lines + 1
                os.write(descriptor, self.line(self.lines).encode())
                os.fsync(descriptor)
                self.lines += 1
                self.under_way = None
                self.saves += 1
        finally:
            _close_quietly(descriptor)
        if self.lines >= self.LINES_A_FILE:
            self.file += 1
            self.lines = 0

    def check(self):
        path = self.directory / f"log{self.file}"
        text = path.read_text() if path.exists() else ""
        assert text == "" or text.endswith("|\n"), f"half a line at the end of {path}"
        found = [line for line in text.splitlines(True) if line.startswith(f"{self.name} ")]
        wanted = [self.line(number) for number in range(len(found))]
        assert found == wanted, f"{self.name}: lines lost, doubled or torn in {path}"
        allowed = [self.lines] if self.under_way is None else [self.lines, self.under_way]
        assert len(found) in allowed, f"{self.name}: {len(found)} lines, allowed {allowed}"
        self.lines = len(found)
        self.under_way = None


def _close_quietly(descriptor):
    """For a descriptor whose write has failed already; or whose saves were all synced."""
    try:
        os.close(descriptor)
    except OSError:
        pass


class Crowd:
    """Writers at work, each on a thread of its own."""

    def __init__(self, writers):
        self.stop = threading.Event()
        self.errors = {}
        self._threads = [
            threading.Thread(target=self._run, args=(writer,), daemon=True) for writer in writers
        ]
        for thread in self._threads:
            thread.start()

    def _run(self, writer):
        self.errors[writer.name] = writer.run(self.stop)

    def join(self, timeout=300):
        """Waits until all ended: they do when the store is dead, or after `stop`."""
        for thread in self._threads:
            thread.join(timeout)
            assert not thread.is_alive(), "a writer hangs"
