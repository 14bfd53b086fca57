"""A member of the group without a daemon around it: pmx-channel-probe on a host."""

import re
import subprocess
import threading

from support.waiting import TIMEOUT, wait_until


class Probe:
    """`lines` is what it heard so far; see channel_probe.cpp for the commands and the lines."""

    def __init__(self, build, host, node=None):
        program = build / "tests" / "pmx-channel-probe"
        self.host = host
        self.node = node or host.number
        self.lines = []
        self._process = subprocess.Popen(
            host.enter([str(program), str(self.node)]),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self._process.stdout:
            self.lines.append(line.rstrip("\n"))

    def say(self, command):
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()

    def wait_for(self, pattern, after=0, timeout=TIMEOUT):
        """The index behind the first line, from `after` on, that matches all of `pattern`."""
        expression = re.compile(pattern)
        looked_at = after

        def look():
            nonlocal looked_at
            while looked_at < len(self.lines):
                looked_at += 1
                if expression.fullmatch(self.lines[looked_at - 1]):
                    return looked_at
            return None

        try:
            return wait_until(f"'{pattern}' at {self.host.name}", look, timeout)
        except AssertionError as error:
            raise AssertionError(f"{error}; it heard {self.lines[after:][-30:]}") from None

    def wait_members(self, *numbers, quorate, after=0, timeout=TIMEOUT):
        """Until the group is of these, as is the partition."""
        ids = ",".join(map(str, numbers))
        flag = "quorate" if quorate else "not"
        return self.wait_for(f"configured members={ids} nodes={ids} {flag}", after, timeout)

    def messages(self, after=0):
        return [line for line in self.lines[after:] if line.startswith("message ")]

    def kill(self):
        self._process.kill()
        self._process.wait()
        self._reader.join()

    close = kill
