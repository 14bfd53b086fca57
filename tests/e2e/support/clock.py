"""A wall clock for one daemon, which a test sets (tests/e2e/cluster/clock_shim.cpp)."""

import struct
import time


class OwnClock:
    """To be made before the daemon is started. Local time is UTC then."""

    def __init__(self, notifier, build):
        self.notifier = notifier
        self.path = notifier.directory / "clock"
        self.off = 0
        self._write()
        notifier.environment = {
            "LD_PRELOAD": str(build / "tests" / "libpmx_clock_shim.so"),
            "PMX_CLOCK": str(self.path),
            "TZ": "UTC",
        }

    def _write(self):
        # In place: the daemon has it mapped.
        with open(self.path, "r+b" if self.path.exists() else "wb") as clock:
            clock.write(struct.pack("=q", self.off))

    def now(self):
        return int(time.time()) + self.off

    def forward(self, seconds):
        self.off += seconds
        self._write()
        # What is changed in its directory makes a daemon look at the clock at once.
        self.notifier.write("clock-was-set", str(self.off))
