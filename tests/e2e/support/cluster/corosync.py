"""corosync.conf of a test cluster."""

import os

from support.cluster.network import address

# A node that is silent for 750 ms, and 900 ms more until the others agree (consensus is 1.2 times
# the token): a dead node is found within two seconds. The coefficient, which adds to the token for
# every node beyond two, is taken out. The pings of a link are those of `pmxctl cluster init`.
_TOTEM = """totem {{
  version: 2
  cluster_name: test
  config_version: {version}
  transport: knet
  crypto_cipher: aes256
  crypto_hash: sha256
  token: 750
  token_coefficient: 0
  interface {{
    linknumber: 0
    knet_ping_interval: 100
    knet_ping_timeout: 700
  }}
}}
"""
_NODE = """  node {{
    nodeid: {number}
    name: n{number}
    ring0_addr: {address}
  }}
"""
_REST = """quorum {{
  provider: corosync_votequorum
{quorum}}}
logging {{
  to_logfile: yes
  logfile: /var/log/corosync.log
  to_syslog: no
  to_stderr: no
  timestamp: hires
}}
"""


def configuration(numbers, version=1, quorum=()):
    """The text for these hosts; `quorum` are further lines of its section, as "two_node: 1"."""
    nodes = "".join(_NODE.format(number=n, address=address(n)) for n in numbers)
    lines = "".join(f"  {line}\n" for line in quorum)
    return (
        _TOTEM.format(version=version)
        + f"nodelist {{\n{nodes}}}\n"
        + _REST.format(quorum=lines)
    )


def new_key():
    return os.urandom(256)
