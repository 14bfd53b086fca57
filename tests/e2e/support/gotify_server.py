"""An HTTP server that takes Gotify's messages, keeps each request, and fails on demand."""

import http.server
import json
import socket
import threading
from dataclasses import dataclass, field


@dataclass
class Request:
    method: str
    path: str
    headers: dict
    body: bytes
    json: dict = field(default_factory=dict)


class GotifyServer:
    """`behave` is one of: ok, slow, cut, huge, redirect, or an HTTP status to answer with."""

    def __init__(self, tls_context=None):
        self.requests = []
        self.behave = "ok"
        self.error_text = "told so by the test"
        self.released = threading.Event()  # ends what is slow
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # pylint: disable=invalid-name
                outer.answer(self)

            def do_PUT(self):  # pylint: disable=invalid-name
                outer.answer(self)

            def do_GET(self):  # pylint: disable=invalid-name
                outer.answer(self)

            def do_CONNECT(self):  # pylint: disable=invalid-name
                outer.answer(self)

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if tls_context is not None:
            self.server.socket = tls_context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.scheme = "http" if tls_context is None else "https"
        self.url = f"{self.scheme}://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        request = Request(handler.command, handler.path, dict(handler.headers.items()), body)
        if handler.headers.get("Content-Type") == "application/json":
            request.json = json.loads(body)
        self.requests.append(request)
        handler.close_connection = True
        if self.behave == "slow":
            self.released.wait()
            return
        if self.behave == "cut":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
            handler.wfile.flush()
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        status, headers, answer = self.reply()
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(answer)))
        handler.end_headers()
        handler.wfile.write(answer)

    def reply(self):
        if self.behave == "ok":
            return 200, {"Content-Type": "application/json"}, b'{"id":1}'
        if self.behave == "huge":
            return 200, {}, b"x" * (1 << 20)
        if self.behave == "redirect":
            return 302, {"Location": f"{self.url}/elsewhere"}, b""
        error = {"error": "Bad", "errorCode": self.behave, "errorDescription": self.error_text}
        return int(self.behave), {"Content-Type": "application/json"}, json.dumps(error).encode()

    def close(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
