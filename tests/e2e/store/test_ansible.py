"""Ansible's modules on files of the mount, with the arguments that people give them."""

import functools
import http.server
import json
import os
import shutil
import subprocess
import threading

import pytest
from support.waiting import wait_until

pytestmark = [
    pytest.mark.skipif(shutil.which("ansible") is None, reason="ansible-core is not installed"),
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
]


@pytest.fixture
def module(store, tmp_path):
    """module(name, **arguments): runs it on this machine and gives its result."""
    wait_until("the level", lambda: store.pmxctl_json("status")["level"] >= 2)
    store.pmxctl("sync")

    def run(name, **arguments):
        done = subprocess.run(
            ["ansible", "localhost", "-c", "local", "-o", "-m", name, "-a", json.dumps(arguments)],
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
            env={
                **os.environ,
                "HOME": str(tmp_path),
                "ANSIBLE_LOCALHOST_WARNING": "False",
                "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3",
                "LC_ALL": "C.UTF-8",
            },
        )
        assert done.returncode == 0, f"{name} {arguments}: {done.stdout}{done.stderr}"
        return json.loads(done.stdout.split("=> ", 1)[1])

    return run


@pytest.fixture
def url(tmp_path):
    served = tmp_path / "served"
    served.mkdir()
    (served / "file").write_text("fetched\n")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=served)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/file"
    server.shutdown()


@pytest.mark.parametrize("place", ["", "priv/"])
def test_files_are_made_and_changed(store, module, url, tmp_path, place):
    (tmp_path / "source").write_text("copied\n")
    (tmp_path / "template").write_text("{{ 1 + 1 }}\n")
    target = store.mount / f"{place}f"
    for mode in ("0644", "0600", "preserve", None):
        arguments = {} if mode is None else {"mode": mode}
        module("copy", src=f"{tmp_path}/source", dest=str(target), **arguments)
        assert target.read_text() == "copied\n"
        module("copy", content=f"content {mode}\n", dest=str(target), owner="root", group="root", **arguments)
        assert target.read_text() == f"content {mode}\n"
    module("lineinfile", path=str(target), line="one line")
    module("blockinfile", path=str(target), block="a block", backup=True)
    assert "one line\n# BEGIN ANSIBLE MANAGED BLOCK\na block\n" in target.read_text()
    module("get_url", url=url, dest=f"{target}.fetched", mode="0600")
    assert (store.mount / f"{place}f.fetched").read_text() == "fetched\n"
    assert (store.mount / f"{place}f.fetched").stat().st_mode & 0o777 == 0o600
    module("file", path=f"{target}.d", state="directory", mode="0700")
    module("file", path=str(target), owner="root", group="www-data", mode="0640")
    again = module("file", path=f"{target}.fetched", mode="0600")
    assert not again["changed"]
    assert not list(store.mount.rglob(".ansible*"))


def test_a_template_in_a_playbook(store, module, tmp_path):
    (tmp_path / "t.j2").write_text("{{ 1 + 1 }}\n")
    module("copy", content="2", dest=str(store.mount / "before"))
    play = [
        {
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "tasks": [
                {"template": {"src": f"{tmp_path}/t.j2", "dest": f"{store.mount}/{place}t", "mode": "0600"}}
                for place in ("", "priv/")
            ],
        }
    ]
    (tmp_path / "play.json").write_text(json.dumps(play))
    done = subprocess.run(
        ["ansible-playbook", "-i", "localhost,", str(tmp_path / "play.json")],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        env={**os.environ, "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for place in ("", "priv/"):
        assert (store.mount / place / "t").read_text() == "2\n"
