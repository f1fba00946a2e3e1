# SPDX-License-Identifier: GPL-2.0
"""A guest without a machine: portside agent behind a stand-in for QEMU's chardevs."""
import json
import os
import pathlib
import signal
import subprocess
import threading

import pytest

from fake_qemu import FakeQemu

TOP = pathlib.Path(__file__).resolve().parents[2]


def program(variable, default):
    return pathlib.Path(os.environ.get(variable, TOP / "build" / "bin" / default)).resolve()


HOST_PROGRAM = program("PORTSIDE_HOST_PROGRAM", "portside")
GUEST_PROGRAM = program("PORTSIDE_GUEST_PROGRAM", "portside-guest")
SANITIZED = "sanitized" in HOST_PROGRAM.parts
LIMIT = 300  # seconds, generous: a machine may be slow


class Guest:
    """A running agent, the lines to it, and commands that talk to it."""

    def __init__(self, directory, name="one", agent_options=(), environment=None, pty=False):
        self.run_directory = directory / "run"
        self.directory = self.run_directory / name
        self.files = directory / "guest-files"
        self.files.mkdir(exist_ok=True)
        self.local = directory / "host-files"
        self.local.mkdir(exist_ok=True)
        self.qemu = FakeQemu(str(self.directory), pty=pty)
        self.guest_prefix = "" if pty else "unix:"
        self.agent_options = list(agent_options)
        self.agent_environment = environment
        self.log = []
        self.log_grown = threading.Condition()
        self.agent = None
        self.start_agent()

    def start_agent(self, *options):
        prefix = f"{self.guest_prefix}{self.directory}/guest-"
        command = [str(GUEST_PROGRAM), "agent", "--control", prefix + "control",
                   "--data", prefix + "data"]
        self.agent = subprocess.Popen(
            command + self.agent_options + list(options), stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, env=self.agent_environment)
        threading.Thread(target=self.read_log, args=(self.agent.stderr,), daemon=True).start()

    def read_log(self, stream):
        for line in stream:
            with self.log_grown:
                self.log.append(line.decode())
                self.log_grown.notify_all()

    def wait_for_log(self, text, after=0):
        """Waits until the agent has logged a line with this text."""
        with self.log_grown:
            found = self.log_grown.wait_for(
                lambda: any(text in line for line in self.log[after:]), LIMIT)
        assert found, f"no {text!r} in the agent's log: {self.log}"

    def stop_agent(self, number=signal.SIGTERM):
        self.agent.send_signal(number)
        return self.agent.wait(LIMIT)

    def environment(self, **more):
        return dict(os.environ, PORTSIDE_RUN=str(self.run_directory), **more)

    def start(self, *arguments, **options):
        """Starts a host command."""
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        options.setdefault("env", self.environment())
        return subprocess.Popen([str(HOST_PROGRAM), *arguments], **options)

    def run(self, *arguments, status=0, text=True, **options):
        """Runs a host command to its end and checks its exit status."""
        options.setdefault("env", self.environment())
        if "input" not in options:
            options.setdefault("stdin", subprocess.DEVNULL)
        done = subprocess.run([str(HOST_PROGRAM), *arguments], capture_output=True, text=text,
                              timeout=LIMIT, check=False, **options)
        if status is not None:
            assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
        return done

    def json(self, *arguments, status=0):
        """Runs a host command with --json and returns the objects it prints."""
        done = self.run(*arguments, "--json", status=status)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def close(self):
        if self.agent.poll() is None:
            self.stop_agent()  # in good order: what it runs is to end too
        self.qemu.close()


@pytest.fixture
def make_guest(tmp_path):
    guests = []

    def make(*agent_options, **options):
        guest = Guest(tmp_path, name=f"guest{len(guests)}", agent_options=agent_options, **options)
        guests.append(guest)
        return guest

    yield make
    for guest in guests:
        guest.close()


@pytest.fixture
def guest(make_guest):
    return make_guest()


def leftovers(directory):
    """Temporary files of transfers beneath a directory."""
    return [path for path in pathlib.Path(directory).rglob(".portside-*")]
