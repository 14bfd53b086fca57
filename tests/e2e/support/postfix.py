"""A real Postfix of the test's own (tests/support/postfix-instance), and its one Maildir."""

import email
import email.policy
import pathlib
import shutil
import subprocess
import tempfile

from support.waiting import wait_until

INSTANCE = pathlib.Path(__file__).parents[2] / "support" / "postfix-instance"


class Postfix:
    def __init__(self, aliases=None):
        """`aliases` are those of the domain pipe.example, a line "NAME VALUE" each."""
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="pmx-postfix-"))
        words = [INSTANCE, "start", self.directory]
        if aliases is not None:
            words.append(self.directory / "aliases")
            words[-1].write_text(aliases)
        subprocess.run(words, check=True)
        self.sendmail = self.directory / "sendmail"

    def mails(self):
        """What is in the mailbox, read by Python's own MIME parser."""
        files = sorted((self.directory / "Maildir" / "new").glob("*"))
        return [parse_mail(path) for path in files]

    def wait_for_mail(self, subject):
        def found():
            return [mail for mail in self.mails() if mail["Subject"] == subject]

        return wait_until(f"a mail with subject {subject!r}", found)[0]

    def close(self):
        subprocess.run([INSTANCE, "stop", self.directory], check=False)
        shutil.rmtree(self.directory, ignore_errors=True)


def parse_mail(path):
    return email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
