"""File contents that tell by themselves whether they are whole, and which save they are."""

import hashlib
import random


class Torn(Exception):
    """The content is not what one save wrote."""


def content(writer, serial, size):
    """What `writer` saves as its save number `serial`: a header line and `size` random bytes."""
    body = random.Random(f"{writer}/{serial}").randbytes(size)
    digest = hashlib.sha256(body).hexdigest()
    return f"{writer} {serial} {size} {digest}\n".encode() + body


def serial_of(writer, data):
    """The serial of the save that `data` is; None for an empty file; raises Torn."""
    if not data:
        return None
    head, newline, body = data.partition(b"\n")
    words = head.split(b" ")
    if not newline or len(words) != 4:
        raise Torn(f"{writer}: no header in {data[:80]!r}")
    name, serial, size, digest = (word.decode() for word in words)
    if name != writer or int(size) != len(body):
        raise Torn(f"{writer}: {head!r} with {len(body)} bytes")
    if hashlib.sha256(body).hexdigest() != digest:
        raise Torn(f"{writer}: {head!r} with another save's bytes")
    return int(serial)
