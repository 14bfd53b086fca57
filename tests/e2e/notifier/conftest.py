import os
import shutil
import socket

import pytest

from support.gotify_server import GotifyServer
from support.notifier import Notifier
from support.postfix import Postfix
from support.smtp_relay import SmtpRelay


def pytest_collection_modifyitems(items):
    for item in items:
        if os.geteuid() != 0 and "needs_root" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="root only"))


def pytest_configure(config):
    config.addinivalue_line("markers", "needs_root: acts as several local users, or mounts")


@pytest.fixture
def notifier(build):
    """Not started; with a sendmail that keeps what it gets."""
    instance = Notifier(build)
    yield instance
    instance.close()


@pytest.fixture
def gotify():
    server = GotifyServer()
    yield server
    server.close()


@pytest.fixture
def closed_port():
    """A port of loopback where nobody listens. It is taken, so that nobody else comes to."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture(scope="session")
def postfix():
    if os.geteuid() != 0 or shutil.which("postfix") is None:
        pytest.skip("needs root and Postfix")
    instance = Postfix()
    yield instance
    instance.close()


@pytest.fixture(scope="session")
def relay():
    if os.geteuid() != 0 or shutil.which("postfix") is None or shutil.which("saslpasswd2") is None:
        pytest.skip("needs root, Postfix and saslpasswd2")
    instance = SmtpRelay()
    yield instance
    instance.close()
