"""Gotify, request by request, and every way in which it can fail."""

import ssl
import subprocess
import time

import pytest

from support.gotify_server import GotifyServer

TOKEN = "AsecretToken42"


def configure(notifier, server, *, token=TOKEN):
    notifier.write("notifications.cfg", f"gotify: phone\n\tserver {server}\n")
    notifier.write("priv/notifications.cfg", f"gotify: phone\n\ttoken {token}\n")


def send(notifier, *words):
    """The delivery's row after its first attempt."""
    done = notifier.notify(
        "send", "--type", "x", "--title", "Tïtle", "--body", "böd\ny", "--target", "phone"
    , "--wait", *words)
    (row,) = notifier.deliveries_of(done.stdout.split()[0])
    assert done.returncode == (0 if row["state"] == "delivered" else 1)
    if row["state"] != "delivered":
        assert "phone" in done.stderr and row["reason"] in done.stderr
    return row


@pytest.mark.parametrize("path", ["", "/", "/sub/path", "/sub/path/"])
def test_the_request(notifier, gotify, path):
    configure(notifier, gotify.url + path)
    notifier.start()
    assert send(notifier)["state"] == "delivered"
    (request,) = gotify.requests
    assert (request.method, request.path) == ("POST", path.rstrip("/") + "/message")
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert request.headers["X-Gotify-Key"] == TOKEN
    assert request.headers["Content-Type"] == "application/json"
    assert request.json == {
        "title": "Tïtle",
        "message": "böd\ny",
        "priority": 1,
        "extras": {"client::display": {"contentType": "text/plain"}},
    }


def test_priority_and_markdown(notifier, gotify):
    configure(notifier, gotify.url)
    notifier.start()
    for severity in ["info", "notice", "warning", "error"]:
        send(notifier, "--severity", severity, "--field", "content-type=text/markdown")
    assert [request.json["priority"] for request in gotify.requests] == [1, 3, 5, 9]
    extras = gotify.requests[0].json["extras"]
    assert extras == {"client::display": {"contentType": "text/markdown"}}


@pytest.mark.parametrize(
    "behave, state, reason",
    [
        (401, "failed", "401"),
        (400, "failed", "400"),
        (500, "queued", "500"),
        (429, "queued", "429"),
        ("redirect", "failed", "redirect"),
        ("cut", "queued", "cannot reach"),
        ("huge", "delivered", ""),
    ],
)
def test_answers(notifier, gotify, behave, state, reason):
    configure(notifier, gotify.url)
    gotify.behave = behave
    notifier.start()
    row = send(notifier)
    assert row["state"] == state and reason in row["reason"]
    assert len(gotify.requests) == 1, "redirects are not followed, nothing is tried twice at once"
    health = {target["name"]: target["health"] for target in notifier.ask("targets")["targets"]}
    assert (health["phone"]["last-success"] is not None) == (state == "delivered")
    assert (health["phone"]["last-error"] is None) == (state == "delivered")


def test_refused_connection_is_tried_again_later(notifier, closed_port):
    configure(notifier, f"http://127.0.0.1:{closed_port}")
    notifier.start()
    row = send(notifier)
    assert row["state"] == "queued" and row["attempts"] == 1
    assert 24 <= row["next-attempt"] - row["updated"] <= 36
    assert [entry["delivery"] for entry in notifier.ask("queue")["deliveries"]] == [row["delivery"]]


def test_what_was_given_up_can_be_retried(notifier, gotify):
    configure(notifier, gotify.url, token="wrong")
    gotify.behave = 401
    notifier.start()
    row = send(notifier)
    assert row["state"] == "failed"
    assert notifier.ask("queue")["deliveries"][0]["state"] == "failed"
    configure(notifier, gotify.url)
    gotify.behave = "ok"
    assert notifier.notify("queue", "retry", row["delivery"]).returncode == 0
    notifier.wait_for_state(row["event"], "phone", "delivered")
    assert gotify.requests[-1].headers["X-Gotify-Key"] == TOKEN
    assert notifier.ask("queue")["deliveries"] == []
    assert notifier.notify("queue", "retry", row["delivery"]).returncode != 0, "once is enough"


def test_ten_seconds_in_all(notifier, gotify):
    configure(notifier, gotify.url)
    gotify.behave = "slow"
    notifier.start()
    begin = time.monotonic()
    row = send(notifier)
    assert row["state"] == "queued" and "cannot reach" in row["reason"]
    # The server never answers. Ten seconds, and what a slow machine adds.
    assert 9 < time.monotonic() - begin < 60


def test_a_target_that_hangs_holds_up_no_other(notifier, gotify):
    configure(notifier, gotify.url)
    gotify.behave = "slow"
    notifier.start()
    hung = notifier.send("--type", "x", "--title", "t", "--target", "phone")
    for _ in range(5):
        assert notifier.notify("send", "--type", "x", "--title", "t", "--wait").returncode == 0
    assert notifier.states_of(hung) == {"phone": "queued"}


def test_through_the_proxy(notifier, gotify):
    configure(notifier, "http://gotify.invalid:8080/base")
    notifier.write(
        "datacenter.cfg", f"http_proxy: http://joe:pa55w0rd@127.0.0.1:{gotify.port}\n"
    )
    notifier.start()
    assert send(notifier)["state"] == "delivered"
    (request,) = gotify.requests
    assert request.path == "http://gotify.invalid:8080/base/message"
    assert request.headers["Proxy-Authorization"] == "Basic am9lOnBhNTV3MHJk"


def test_a_proxy_asked_to_connect_does_not_get_the_token(notifier, gotify):
    configure(notifier, "https://gotify.invalid/")
    notifier.write("datacenter.cfg", f"http_proxy: http://127.0.0.1:{gotify.port}\n")
    gotify.behave = 502
    notifier.start()
    assert send(notifier)["state"] == "queued"
    (request,) = gotify.requests
    assert request.method == "CONNECT"
    assert TOKEN not in str(request.headers)


def test_a_certificate_that_nobody_vouches_for(notifier):
    key, certificate = notifier.directory / "key", notifier.directory / "certificate"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1"]
        + ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = GotifyServer(context)
    configure(notifier, server.url)
    notifier.start()
    row = send(notifier)
    server.close()
    assert row["state"] == "queued" and "certificate" in row["reason"]
    assert server.requests == []


def test_secrets_show_nowhere(notifier, gotify):
    configure(notifier, gotify.url)
    notifier.write(
        "datacenter.cfg", f"http_proxy: http://joe:pa55w0rd@127.0.0.1:{gotify.port}\n"
    )
    notifier.start()
    outputs = []
    for gotify.behave in ["ok", 401, 500, "cut", "redirect"]:
        gotify.error_text = f"no such token {TOKEN}, joe:pa55w0rd"
        send(notifier)
    notifier.write("priv/notifications.cfg", f"gotify: phone\n\ttoken {TOKEN}\n\ttokn {TOKEN}\n")
    send(notifier)
    for words in [["targets"], ["queue"], ["history"]]:
        outputs.append(notifier.notify(*words).stdout + notifier.notify(*words).stderr)
        outputs.append(str(notifier.ask(*words)))
    explain = ["explain", "--type", "x", "--title", "t", "--target", "phone"]
    outputs.append(notifier.notify(*explain).stdout + str(notifier.ask(*explain)))
    outputs.append(notifier.log.read_text())
    for output in outputs:
        assert TOKEN not in output and "pa55w0rd" not in output
