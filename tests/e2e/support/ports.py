"""Ports of loopback for servers that are told where to listen."""

import random
import socket

# Below what the kernel gives to connections and to servers that take any port: nobody else gets
# one of these between the choice and its use.
_RANGE = "/proc/sys/net/ipv4/ip_local_port_range"
_LOWEST = 10_000


def _is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_ports(count):
    """So many different ports where nobody listens."""
    with open(_RANGE, encoding="ascii") as limits:
        below = max(int(limits.read().split()[0]), 2 * _LOWEST)
    candidates = random.SystemRandom().sample(range(_LOWEST, below), 50 * count)
    ports = [port for port in candidates if _is_free(port)][:count]
    assert len(ports) == count, "no free ports"
    return ports
