"""A cluster on one machine: hosts in namespaces of their own, real corosync, the real daemon.

network.py    hosts and the switch between them; links can be cut
process.py    a long-running program, known by a file with its pid
corosync.py   corosync.conf and its key
host.py       one host: its corosync, its daemon, what is run on it
cluster.py    all of them
"""

from support.cluster.cluster import Cluster
from support.cluster.host import Host

__all__ = ["Cluster", "Host"]
