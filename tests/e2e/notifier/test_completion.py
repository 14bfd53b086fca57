"""What bash offers after a TAB: asked of the completion that the package installs, with the program
and a daemon behind it."""

import os
import pathlib
import shlex
import subprocess

import pytest

COMPLETIONS = pathlib.Path(__file__).parents[3] / "debian" / "completions"
BASH_COMPLETION = pathlib.Path("/usr/share/bash-completion/bash_completion")

SCRIPT = """
source {library} && source {completion} || exit 9
COMP_WORDS=({words})
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
COMP_LINE={line} COMP_POINT=${{#COMP_LINE}} COMP_TYPE=9
_pmx_notify pmx-notify "${{COMP_WORDS[COMP_CWORD]}}" "${{COMP_WORDS[COMP_CWORD-1]}}"
printf '%s\\n' "${{COMPREPLY[@]}}"
"""

CONFIGURATION = """sendmail: admins
\tmailto admins@example.com
\tfilter loud

gotify: phone
\tserver http://localhost

group: all
\tendpoint admins

filter: loud

matcher: night
\ttarget admins

expect: nightly
\ttype vzdump
\twithin 26h
"""


@pytest.fixture
def complete(notifier):
    """The words that are offered for the last one of a command line."""
    if not BASH_COMPLETION.exists():
        pytest.skip("needs bash-completion")
    notifier.write("notifications.cfg", CONFIGURATION)
    notifier.write("priv/notifications.cfg", "gotify: phone\n\ttoken t\n")
    notifier.start()

    def offered(line):
        words = f"pmx-notify --run {notifier.run} {line}".split(" ")
        script = SCRIPT.format(
            library=BASH_COMPLETION,
            completion=COMPLETIONS / "pmx-notify",
            words=" ".join(shlex.quote(word) for word in words),
            line=shlex.quote(" ".join(words)),
        )
        done = subprocess.run(
            ["bash", "--norc", "-c", script],
            capture_output=True, text=True, timeout=600, check=False, cwd=notifier.directory,
            env={**os.environ, "PATH": f"{notifier.directory}:{os.environ['PATH']}"},
        )
        assert done.returncode == 0 and done.stderr == "", done.stderr
        return sorted(done.stdout.split())

    return offered


def test_commands_and_what_they_do(complete):
    commands = complete("")
    assert {"send", "explain", "test", "history", "target", "matcher", "fenced"} <= set(commands)
    assert complete("tar") == ["target", "targets"]
    for noun in ["target", "group", "filter", "matcher", "expect"]:
        assert complete(f"{noun} ") == ["add", "remove", "set", "show"]
    assert complete("target add ") == ["gotify", "sendmail", "smtp", "webhook"]
    assert complete("target add s") == ["sendmail", "smtp"]
    assert complete("queue ") == ["retry"]


def test_names_are_those_of_the_configuration(complete):
    assert complete("target set ") == ["admins", "phone"]
    assert complete("target remove ph") == ["phone"]
    assert complete("target show a") == ["admins"]
    assert complete("group set ") == ["all"]
    assert complete("filter remove ") == ["loud"]
    assert complete("matcher show ") == ["night"]
    assert complete("expect set n") == ["nightly"]
    assert complete("filter add ") == [], "a new name is nobody's to know"
    everybody = ["admins", "all", "mail-to-root", "phone"]
    assert complete("test ") == everybody
    assert complete("send --type x --target ") == everybody
    assert complete("group add more --endpoint ph") == ["phone"]


def test_options_are_those_of_the_command(complete):
    assert complete("target set phone --ser") == ["--server"]
    assert {"--mailto", "--token-file", "--secret-file"} <= set(complete("target add gotify x --"))
    assert "--mailto" not in complete("filter add x --")
    assert complete("filter add x --min") == ["--min-severity"]
    assert complete("fenced n1 --inc") == ["--incident"]
    assert complete("send --sev") == ["--severity"]


def test_values(complete, notifier):
    assert complete("send --severity ") == ["error", "info", "notice", "warning"]
    assert complete("send --type v") == ["vzdump"]
    (notifier.directory / "secret-of-phone").touch()
    assert complete("target set phone --token-file secret-") == ["secret-of-phone"]
    assert complete("send --data secret-") == ["secret-of-phone"]
