# SPDX-License-Identifier: GPL-2.0
"""What README.md tells a new user to type, typed: a guest from `make boot`, a
directory both ways, a command and its exit status, the check of names,
something broken and what doctor says of it, the shutdown; a staged install.
The commands are taken from README.md."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pexpect
import pytest

TOP = Path(__file__).resolve().parents[2]
LIMIT = 300
PROMPT = r"portside:\S*# "


def commands_below(heading):
    """The commands of the first indented block below a heading of README.md."""
    text = (TOP / "README.md").read_text()
    block = re.search(rf"^## {re.escape(heading)}\n+((?:    .*\n)+)", text, re.M)[1]
    return [re.split(r"  +", line.strip())[0] for line in block.splitlines()]


def command(beginning, **words):
    """README's command that begins so, with words of it replaced."""
    commands = [line for heading in ("A guest in seconds", "On a guest of yours")
                for line in commands_below(heading) if line.startswith(beginning)]
    assert len(commands) == 1, f"README.md has not one command '{beginning}': {commands}"
    line = commands[0]
    for word, other in words.items():
        assert word in line, f"README.md's '{line}' has no '{word}'"
        line = line.replace(word, str(other))
    return line


class User:
    """Someone with two terminals in the checkout."""

    def __init__(self, kernel):
        self.folder = Path(tempfile.mkdtemp(prefix="ps-", dir="/tmp"))
        (self.folder / "here").mkdir()
        # What the make of the tests has set is not a user's.
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith(("MAKE", "MFLAGS", "GUEST", "PORTSIDE"))}
        self.environment["PORTSIDE_RUN"] = str(self.folder / "run")
        self.terminal = pexpect.spawn(f"{command('make boot')} GUEST={kernel}", cwd=str(TOP),
                                      env=self.environment, timeout=LIMIT, encoding="utf-8",
                                      codec_errors="replace", dimensions=(40, 160))
        self.terminal.delaybeforesend = None

    def types(self, line, status=0, cwd=TOP):
        """A line in the other terminal; what it says."""
        line = line.replace("build/bin/", f"{TOP}/build/bin/")
        done = subprocess.run(["sh", "-c", line], cwd=cwd, env=self.environment, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=LIMIT, check=False)
        assert done.returncode == status, f"'{line}': status {done.returncode}\n{done.stdout}"
        return done.stdout

    def close(self):
        self.terminal.close(force=True)
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="module")
def user(kernel, driver):
    if kernel != "6.1" or driver != "ours":
        pytest.skip("README.md's own guest")
    user = User(kernel)
    try:
        user.terminal.expect(PROMPT)
        yield user
    finally:
        user.close()


def test_make_boot_gives_a_shell_on_this_terminal_and_the_monitor(user):
    user.terminal.send("uname -n\r")
    user.terminal.expect(r"portside\r")
    user.terminal.expect(PROMPT)
    user.terminal.send("\x01c")
    user.terminal.expect(r"\(qemu\) ")
    user.terminal.send("\x01c\r")
    user.terminal.expect(PROMPT)


def tree(folder):
    """{path below: (mode, content)}"""
    return {str(path.relative_to(folder)): (path.stat().st_mode,
                                            path.read_bytes() if path.is_file() else b"")
            for path in sorted(folder.rglob("*"))}


def test_a_directory_goes_both_ways(user):
    there = user.folder / "a tree"
    (there / "deep" / "er").mkdir(parents=True)
    (there / "program").write_bytes(b"#!/bin/sh\nexit 3\n")
    (there / "program").chmod(0o750)
    (there / "deep" / "er" / "data").write_bytes(os.urandom(300_000))
    (there / "empty").mkdir()
    user.types(command("build/bin/portside put", **{"FILE...": f"'{there}'"}))
    user.types(command("build/bin/portside get", **{"/etc": "'/root/a tree'"}),
               cwd=user.folder / "here")
    assert tree(user.folder / "here" / "a tree") == tree(there)


def test_get_as_it_stands_in_the_readme(user):
    user.types(command("build/bin/portside get"), cwd=user.folder / "here")
    assert "root:" in (user.folder / "here" / "etc" / "passwd").read_text()


def test_a_command_and_its_exit_status(user):
    assert "Linux version" in user.types(command("build/bin/portside exec"))
    user.types(command("build/bin/portside exec", dmesg="'/root/a tree/program'"), status=3)


def test_names_are_checked_and_what_was_broken_is_told_and_mended(user):
    check, doctor = command("build/bin/portside check"), command("build/bin/portside doctor")
    assert "BAD" not in user.types(check)
    break_it = command("build/bin/portside exec", dmesg="rm /dev/virtio-ports/org.portside.data")
    user.types(break_it)
    assert "no link" in user.types(check, status=1)
    said = user.types(doctor, status=1)
    match = re.search(r"^BAD guest: links: 1 named ports have no link .*\n"
                      r"    to mend it: (.*)$", said, re.M)
    assert match, said
    user.types(command("build/bin/portside exec", dmesg=f"sh -c '{match[1]}'"))
    assert "BAD" not in user.types(check)


def test_such_a_guest_by_hand_has_the_port(user, kernel):
    line = command("scripts/guest", **{"6.12": kernel}) + " --dry-run"
    assert "name=my.port" in user.types(line)


def test_shutdown_ends_the_guest_in_order(user):
    user.types(command("build/bin/portside shutdown"))
    user.terminal.expect(pexpect.EOF)
    user.terminal.close()
    assert user.terminal.exitstatus == 0


def test_make_install_and_uninstall_staged(user, kernel):
    staged = user.folder / "staged"
    where = f"KVER={kernel} DESTDIR={staged}"
    user.types(command("make KVER=", **{"$(uname -r)": kernel}))
    user.types(f"{command('make install')} {where}")
    installed = {path.name for path in staged.rglob("*.ko")}
    assert installed == {"virtio_console.ko", "ftdi_sio.ko", "kgdboc.ko"}
    assert "portside" in user.types(f"{staged}/usr/bin/portside --version")
    assert "`make uninstall` undoes it" in (TOP / "README.md").read_text()
    user.types(f"make uninstall {where}")
    assert not list(staged.rglob("*"))
