"""A certificate of the test's own, and a daemon that trusts it."""

import ssl
import subprocess

TRUSTED = "/etc/ssl/certs/ca-certificates.crt"


class Certificate:
    """Signed by itself, for 127.0.0.1."""

    def __init__(self, directory):
        self.key = directory / "tls-key.pem"
        self.certificate = directory / "tls-certificate.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1"]
            + ["-addext", "subjectAltName=IP:127.0.0.1"]
            + ["-keyout", self.key, "-out", self.certificate],
            check=True,
            capture_output=True,
        )

    def server_context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def trust(notifier, certificate):
    """The notifier's daemon, from its next start on, sees the system's trusted certificates replaced
    by this one. Needs root."""
    notifier.daemon_program = notifier.script(
        "trusting-daemon",
        "#!/bin/sh\n"
        f"exec unshare -m sh -c 'mount --bind {certificate.certificate} {TRUSTED} &&"
        f' exec {notifier.daemon_program} "$@"\' sh "$@"\n',
    )
