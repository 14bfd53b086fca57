"""One host of a cluster: its corosync, its daemon, and what is run on it."""

import json
import os
import socket
import struct
import subprocess
import time
from pathlib import Path

from support.cluster.network import Namespace, address
from support.cluster.process import Process
from support.waiting import TIMEOUT, wait_until

# The host's own, below its directory: what differs between two machines.
_OWN = {
    "etc": "/etc",
    "run": "/run",
    "corosync": "/var/lib/corosync",
    "state": "/var/lib/pmxcfs-lite",
    "log": "/var/log",
}


class Host(Namespace):
    """Host number 2 is node n2 with id 2 and address 10.77.0.2. The daemon runs with its default
    paths: /etc/pve, /var/lib/pmxcfs-lite, /run/pmxcfs-lite are the host's own."""

    def __init__(self, directory, number, build, die_with_parent=True):
        super().__init__(Path(directory))
        self.number = number
        self.name = f"n{number}"
        self.bin = Path(build) / "bin"
        self.die_with_parent = die_with_parent
        self.env = {}
        self.corosync = Process(self.directory / "corosync.pid", self.directory / "corosync.out")
        self.daemon = Process(self.directory / "daemon.pid", self.directory / "daemon.log")
        self.qdevice = Process(self.directory / "qdevice.pid", self.directory / "qdevice.log")
        self.has_device = False

    def set_up(self, switch):
        for name in _OWN:
            (self.directory / name).mkdir(parents=True)
        self.create(self.die_with_parent)
        self.run("hostname", self.name)
        self._copy_etc()
        for name, target in _OWN.items():
            self.run("mkdir", "-p", target)
            self.run("mount", "--bind", self.directory / name, target)
        self.run("mount", "-t", "tmpfs", "tmpfs", "/dev/shm")
        self.run("mkdir", "/run/lock")
        switch.plug_in(self.number, self)

    def _copy_etc(self):
        """Into memory: its many small files are quickly there, and quickly gone."""
        copy = self.directory / "etc"
        self.run("mount", "-t", "tmpfs", "tmpfs", copy)
        self.run("cp", "--archive", "--one-file-system", "/etc/.", copy)
        self.run("rm", "-rf", copy / "corosync", copy / "pve")
        self.run("mkdir", copy / "corosync", copy / "pve")
        inside = self.root / copy.relative_to("/")
        (inside / "hostname").write_text(f"{self.name}\n", encoding="ascii")

    @property
    def etc(self):
        """Its /etc, for programs outside of the host."""
        return self.root / "etc"

    def set_hosts(self, count):
        lines = [f"{address(n)} n{n}" for n in range(1, count + 1)]
        text = "\n".join(["127.0.0.1 localhost", *lines, ""])
        (self.etc / "hosts").write_text(text, encoding="ascii")

    def lose_what_goes_to(self, number):
        """One direction only: frames go to an address that nobody has."""
        nobody = ("lladdr", "02:00:00:00:00:ff", "dev", "eth0", "nud", "permanent")
        self.run("ip", "neigh", "replace", address(number), *nobody)

    def send_again_to(self, number):
        self.run("ip", "neigh", "del", address(number), "dev", "eth0")

    # corosync -------------------------------------------------------------------------------

    def configure_corosync(self, text, key):
        directory = self.etc / "corosync"
        (directory / "corosync.conf").write_text(text, encoding="ascii")
        (directory / "authkey").write_bytes(key)
        (directory / "authkey").chmod(0o400)

    def start_corosync(self):
        self.corosync.start(self.enter(["corosync", "-f"]), self.die_with_parent)
        return self

    def votes(self):
        """What votequorum counts, as corosync-quorumtool names it; empty while corosync does not
        answer."""
        done = self.execute("corosync-quorumtool", "-s", check=False)
        pairs = (line.partition(":") for line in done.stdout.splitlines())
        return {name.strip(): value.strip() for name, _, value in pairs}

    def enrol(self, device):
        """It speaks to that quorum device from now on."""
        device.enrol(self)
        self.run("mkdir", "/run/corosync-qdevice")
        self.has_device = True

    def keep_qdevice(self):
        """What systemd does: corosync-qdevice ends with corosync, and is started again."""
        if not self.has_device or self.qdevice.alive() or not self.corosync.alive():
            return
        # It ends where corosync does not answer yet, and is tried again.
        self.qdevice.start(self.enter(["corosync-qdevice", "-f"]), self.die_with_parent)

    # The daemon -----------------------------------------------------------------------------

    def launch(self, *args):
        """Starts the daemon and waits for nothing."""
        variables = {**self.env, "NOTIFY_SOCKET": "/run/notify"}
        settings = [f"{name}={value}" for name, value in variables.items()]
        command = ["env", *settings, self.bin / "pmxcfs-lite", "--foreground", *args]
        self.daemon.start(self.enter(command), self.die_with_parent)
        return self

    def start(self, *args, timeout=120):
        """Starts the daemon and returns when it has said READY=1: the mount is served."""
        path = self.directory / "run/notify"
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
            notified.bind(str(path))
            self.launch(*args)
            self._wait_ready(notified, time.monotonic() + timeout)
        return self

    def _wait_ready(self, notified, deadline):
        while True:
            notified.settimeout(0.1)
            try:
                if b"READY=1" in notified.recv(4096).split(b"\n"):
                    return
            except TimeoutError:
                assert self.daemon.alive(), f"{self.name}: the daemon ended:\n{self.daemon.log()}"
                assert time.monotonic() < deadline, f"{self.name}: not ready:\n{self.daemon.log()}"

    def stop(self):
        return self.daemon.stop()

    def kill9(self):
        """The dead mount stays, as after a crash: the next start has to deal with it."""
        self.daemon.kill9()

    def lose_power(self):
        """The daemon and corosync are gone at once."""
        self.kill9()
        self.corosync.kill9()
        self.qdevice.kill9()

    def power_on(self):
        """Starts both, and waits for nothing."""
        return self.start_corosync().launch()

    def pause(self):
        self.daemon.pause()

    def resume(self):
        self.daemon.resume()

    # Its wall clock -------------------------------------------------------------------------

    def own_clock(self):
        """The daemon, from its next start on, has a wall clock that set_clock() sets."""
        self.set_clock(0)
        self.env["PMX_CLOCK"] = str(self.directory / "clock")
        self.env["LD_PRELOAD"] = str(self.bin.parent / "tests/libpmx_clock_shim.so")

    def set_clock(self, seconds_off):
        path = self.directory / "clock"
        with open(path, "r+b" if path.exists() else "wb") as clock:
            clock.write(struct.pack("=q", seconds_off))

    # What is run on it ----------------------------------------------------------------------

    @property
    def mount(self):
        """The files, for programs outside of the host."""
        return self.root / "etc/pve"

    def save(self, name, text):
        """Replaces or makes a file, as a shell's > does; raises OSError when it is not saved."""
        with open(self.mount / name, "w", encoding="utf-8") as file:
            file.write(text)

    def read(self, name):
        return (self.mount / name).read_text(encoding="utf-8")

    def tree(self):
        """All directories and files: path -> bytes, None for a directory. Nothing virtual."""
        found = {}
        top = self.mount
        for directory, names, files in os.walk(top):
            at = Path(directory)
            for name in names:
                if not (at / name).is_symlink():
                    found[str((at / name).relative_to(top))] = None
            for name in files:
                if at != top or not name.startswith("."):
                    found[str((at / name).relative_to(top))] = (at / name).read_bytes()
        return found

    def forget(self):
        """Its database is lost: what starts here next is new."""
        assert not self.daemon.alive()
        for path in (self.directory / "state").iterdir():
            path.unlink()

    def execute(self, *command, check=True, timeout=300, **options):
        """Runs a command; gives the CompletedProcess, its output as text."""
        done = self.run(
            *command, check=False, capture_output=True, encoding="utf-8", timeout=timeout, **options
        )
        if check:
            shown = " ".join(map(str, command))
            assert done.returncode == 0, f"{self.name}: {shown}: {done.returncode}\n{done.stderr}"
        return done

    def pmxctl(self, *args, **options):
        return self.execute(self.bin / "pmxctl", *args, **options)

    def pmxctl_json(self, *args, **options):
        """What `pmxctl --json` prints, parsed."""
        return json.loads(self.pmxctl("--json", *args, **options).stdout)

    def sync(self):
        """From here on it shows all that was saved before, anywhere."""
        self.pmxctl("sync", "--timeout", TIMEOUT)

    def status(self):
        """What `pmxctl status` says; None while the daemon does not answer."""
        try:
            done = self.pmxctl("--json", "status", check=False, timeout=30)
        except subprocess.TimeoutExpired:
            return None
        return json.loads(done.stdout) if done.returncode == 0 else None

    def conflicts(self):
        """What lost out, as all nodes list it: one that is slow to answer would be left out."""
        answer = {}

        def ask():
            answer.update(self.pmxctl_json("conflicts"))
            return not answer["missing"]

        wait_until(f"{self.name}: what all nodes list", ask)
        return answer["conflicts"]

    def wait_status(self, what, predicate, timeout=TIMEOUT):
        """The first status for which predicate(status) is true."""

        def look():
            status = self.status()
            return status if status and predicate(status) else None

        return wait_until(f"{self.name}: {what}", look, timeout)
