"""A real Postfix that takes mail over SMTP: in the clear, with STARTTLS, and with TLS from the first
byte, the latter two for those who log in only."""

import subprocess

from support.ports import free_ports
from support.postfix import Postfix
from support.tls import Certificate
from support.waiting import wait_until

USER = "joe"
PASSWORD = "Sm7p-pa55word"

MAIN = """
smtpd_tls_chain_files = {key}, {certificate}
smtpd_sasl_type = cyrus
smtpd_sasl_path = smtpd
cyrus_sasl_config_path = {sasl}
smtpd_sasl_local_domain = test
smtpd_client_restrictions =
smtpd_recipient_restrictions = check_recipient_access inline:{{ {{refused@example.org = 550 5.1.1 no
  such user here}}, {{later@example.org = 450 4.7.1 come back later}} }}, permit
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
"""

SASL = """pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: {database}
mech_list: PLAIN LOGIN
"""

LOGIN = (
    "-o smtpd_sasl_auth_enable=yes -o smtpd_tls_auth_only=yes"
    " -o smtpd_client_restrictions=permit_sasl_authenticated,reject"
)

MASTER = """
127.0.0.1:{insecure} inet n - n - - smtpd
127.0.0.1:{starttls} inet n - n - - smtpd -o smtpd_tls_security_level=encrypt {login}
127.0.0.1:{tls} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes {login}
tlsmgr    unix  - - n 1000? 1 tlsmgr
anvil     unix  - - n -   1 anvil
proxymap  unix  - - n -   - proxymap
"""


class SmtpRelay(Postfix):
    def __init__(self):
        super().__init__()
        self.certificate = Certificate(self.directory)
        self.ports = dict(zip(("insecure", "starttls", "tls"), free_ports(3)))
        sasl = self.directory / "etc" / "sasl"
        sasl.mkdir()
        database = self.directory / "sasldb"
        subprocess.run(
            ["saslpasswd2", "-p", "-c", "-f", database, "-u", "test", USER],
            input=PASSWORD.encode(),
            check=True,
        )
        database.chmod(0o644)
        (sasl / "smtpd.conf").write_text(SASL.format(database=database))
        self._append(
            "main.cf",
            MAIN.format(
                key=self.certificate.key, certificate=self.certificate.certificate, sasl=sasl
            ),
        )
        self._append("master.cf", MASTER.format(login=LOGIN, **self.ports))
        self._postfix("stop")
        self._postfix("start")
        wait_until("an SMTP server", self._answers)

    def _append(self, name, text):
        with (self.directory / "etc" / name).open("a") as file:
            file.write(text)

    def _postfix(self, command):
        subprocess.run(
            ["postfix", "-c", self.directory / "etc", command], check=True, capture_output=True
        )

    def _answers(self):
        done = subprocess.run(
            ["timeout", "10", "bash", "-c", f"read -r line </dev/tcp/127.0.0.1/{self.ports['insecure']} && echo $line"],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.startswith("220 ")
