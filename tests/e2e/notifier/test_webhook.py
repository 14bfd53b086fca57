"""Webhooks: what is sent, request by request, and that nothing can bend it or be seen in it."""

import base64
import json

import pytest

from support.gotify_server import GotifyServer
from support.tls import Certificate, trust

SECRET = "s3cr3t/Token+42"
BODY = (
    '{"title": "{{ escape title }}", "message": {{ json message }}, "severity": {{ json severity }},'
    ' "at": {{ timestamp }}, "host": "{{ escape fields.hostname }}", "type": "{{ fields.type }}",'
    ' "job": "{{ fields.job-id }}{{ fields.none }}"{{#if (eq severity "error")}}, "bad": true{{/if}}}'
)


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def configure(notifier, url, *, method="post", headers=(), body=BODY):
    lines = [f"webhook: hook\n\turl {url}\n\tmethod {method}"]
    lines += [f"\theader name={name},value={encoded(value)}" for name, value in headers]
    lines += [f"\tbody {encoded(body)}"] if body else []
    lines += ["\tsecret name=token"]
    notifier.write("notifications.cfg", "\n".join(lines) + "\n")
    notifier.write(
        "priv/notifications.cfg", f"webhook: hook\n\tsecret name=token,value={encoded(SECRET)}\n"
    )


def send(notifier, *words, title="Tïtle \"1\"", body="böd\ny \\ & <b>"):
    """The delivery's row after its first attempt."""
    done = notifier.notify(
        "send", "--type", "x", "--title", title, "--body", body, "--target", "hook", "--wait", *words
    )
    (row,) = notifier.deliveries_of(done.stdout.split()[0])
    assert done.returncode == (0 if row["state"] == "delivered" else 1), done.stderr
    return row


def test_the_request(notifier, gotify):
    configure(
        notifier,
        gotify.url + "/h/{{ url-encode secrets.token }}?t={{ url-encode title }}",
        headers=[("Authorization", "Bearer {{ secrets.token }}"), ("X-Severity", "{{ severity }}"),
                 ("Content-Type", "application/json"), ("X-Empty", "{{ fields.none }}")],
    )
    notifier.start()
    assert send(notifier, "--severity", "error", "--field", "job-id=a,b")["state"] == "delivered"
    (request,) = gotify.requests
    assert request.method == "POST"
    assert request.path == "/h/s3cr3t%2FToken%2B42?t=T%C3%AFtle%20%221%22"
    assert request.headers["Authorization"] == f"Bearer {SECRET}"
    assert request.headers["X-Severity"] == "error" and request.headers["X-Empty"] == ""
    assert request.json.pop("at") > 1_700_000_000
    assert request.json == {
        "title": 'Tïtle "1"', "message": "böd\ny \\ & <b>", "severity": "error",
        "host": "testnode", "type": "x", "job": "a,b", "bad": True,
    }


@pytest.mark.parametrize("method, body", [("put", "{{ message }}"), ("get", ""), ("post", "")])
def test_methods(notifier, gotify, method, body):
    configure(notifier, gotify.url + "/x", method=method, body=body)
    notifier.start()
    assert send(notifier, body="one & <two>")["state"] == "delivered"
    (request,) = gotify.requests
    assert request.method == method.upper() and request.path == "/x"
    assert request.body == (b"one & <two>" if body else b"")
    assert "Content-Type" not in request.headers


# A title has no line breaks left; a field may have them.
def test_no_value_can_start_another_header(notifier, gotify):
    configure(notifier, gotify.url, headers=[("X-Note", "{{ fields.note }}")])
    notifier.start()
    note = "a\r\nX-Injected: 1\r\n\r\nGET /elsewhere HTTP/1.1\nX-More: 2"
    assert send(notifier, "--field", f"note={note}")["state"] == "delivered"
    (request,) = gotify.requests
    assert request.headers["X-Note"] == note.replace("\r\n", " ").replace("\n", " ")
    assert "X-Injected" not in request.headers and "X-More" not in request.headers


@pytest.mark.parametrize(
    "behave, state, reason",
    [
        (404, "failed", "404"),
        (503, "queued", "503"),
        (429, "queued", "429"),
        ("redirect", "failed", "redirects are not followed, correct 'url'"),
        ("cut", "queued", "cannot reach http://127.0.0.1"),
        ("huge", "delivered", ""),
    ],
)
def test_answers(notifier, gotify, behave, state, reason):
    configure(notifier, gotify.url + "/{{ secrets.token }}")
    gotify.behave = behave
    notifier.start()
    row = send(notifier)
    assert row["state"] == state and reason in row["reason"]
    assert len(gotify.requests) == 1, "redirects are not followed, nothing is tried twice at once"


@pytest.mark.parametrize(
    "body, reason",
    [
        ("a\n{{#if x}}", "body: line 2: a block is not closed"),
        ("{{ nothing 1 }}", "body: line 1: there is no helper 'nothing'"),
        ("{{#each fields}}" * 40 + "{{/each}}" * 40, "nest too deep"),
    ],
)
def test_a_template_that_is_wrong(notifier, gotify, body, reason):
    configure(notifier, gotify.url, body=body)
    notifier.start()
    row = send(notifier)
    assert row["state"] == "failed" and reason in row["reason"]
    assert gotify.requests == []


def test_through_the_proxy(notifier, gotify):
    configure(notifier, "http://hook.invalid:8080/base")
    notifier.write(
        "datacenter.cfg", f"http_proxy: http://joe:pa55w0rd@127.0.0.1:{gotify.port}\n"
    )
    notifier.start()
    assert send(notifier)["state"] == "delivered"
    (request,) = gotify.requests
    assert request.path == "http://hook.invalid:8080/base"
    assert request.headers["Proxy-Authorization"] == "Basic am9lOnBhNTV3MHJk"


@pytest.mark.needs_root
@pytest.mark.parametrize("trusted", [True, False])
def test_tls_is_verified(notifier, trusted):
    certificate = Certificate(notifier.directory)
    server = GotifyServer(certificate.server_context())
    configure(notifier, server.url)
    if trusted:
        trust(notifier, certificate)
    notifier.start()
    row = send(notifier)
    server.close()
    assert row["state"] == ("delivered" if trusted else "queued")
    assert len(server.requests) == (1 if trusted else 0)
    assert trusted or "certificate" in row["reason"]


def test_secrets_show_nowhere(notifier, gotify):
    configure(
        notifier,
        gotify.url + "/{{ secrets.token }}",
        headers=[("Authorization", "Basic bGl0ZXJhbDpzZWNyZXQ=")],
    )
    notifier.start()
    gotify.error_text = f"no {SECRET}, {encoded(SECRET)}, s3cr3t%2FToken%2B42, bGl0ZXJhbDpzZWNyZXQ="
    for gotify.behave in ["ok", 401, 500, "cut", "redirect"]:
        send(notifier)
    configure(notifier, "http://127.0.0.1:1/{{ secrets.token }}")
    send(notifier)
    shown = notifier.log.read_text()
    for words in [["targets"], ["queue"], ["history"],
                  ["explain", "--type", "x", "--title", "t", "--target", "hook"]]:
        done = notifier.notify(*words)
        shown += done.stdout + done.stderr + json.dumps(notifier.ask(*words))
    for form in [SECRET, encoded(SECRET), "s3cr3t%2F", "bGl0ZXJhbDpzZWNyZXQ="]:
        assert form not in shown
