"""What every end-to-end test shares: which build is under test."""

import pathlib

import pytest


def pytest_addoption(parser):
    parser.addoption(
        "--build", type=pathlib.Path, required=True, help="build directory, for example build/quick"
    )


@pytest.fixture(scope="session")
def build(request):
    """The build directory; programs are in its bin/."""
    return request.config.getoption("--build").resolve()
