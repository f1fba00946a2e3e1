# SPDX-License-Identifier: GPL-2.0
"""A guest under test: booted by scripts/guest, spoken to over its second UART
(never over the driver under test), watched over QMP."""

import os
import re
import secrets
import select
import shutil
import socket
import subprocess
import tempfile
import time
from collections import namedtuple
from pathlib import Path

from pexpect import fdpexpect

from harness import image, kernellog
from harness.qmp import QMP, QMPError

TOP = Path(__file__).resolve().parents[3]
RESULTS = TOP / "build" / "results" / "vm"

# Limits are for machines several times slower than today's; nothing waits
# for a limit unless something is wrong.
BOOT_LIMIT = 240
COMMAND_LIMIT = 120

Result = namedtuple("Result", "status output")


class GuestError(Exception):
    """The guest did not do what every guest does: boot, answer, power off."""


class Guest:
    """One running guest.

    options: words for scripts/guest or QEMU (["-device", "virtio-rng-pci"]);
    {run} in them stands for the run folder.
    kernel, driver, profile: as for scripts/guest; `None` takes the session's.
    add: files for the image (FILE or FILE:DEST), beside the test programs.
    modules: kernel modules for the image, beside those of the profile.
    append: more words for the kernel's command line.
    expect_log: patterns of kernel messages that are no failure.
    agent: give the guest the ports of the portside agent.
    """

    def __init__(self, label, options=(), kernel="6.1", driver="ours", profile="minimal",
                 add=(), modules=(), append="", expect_log=(), agent=False):
        self.label = re.sub(r"[^A-Za-z0-9._-]", "_", label)
        self.driver = driver
        self.expect_log = list(expect_log)
        self.nonce = secrets.token_hex(8)
        self.folder = Path(tempfile.mkdtemp(prefix="ps-", dir="/tmp"))
        self.run_folder = self.folder / "g"
        self.log_file = RESULTS / f"{self.label}.console.log"
        self.qemu_log = RESULTS / f"{self.label}.qemu.log"
        self.qmp = None
        self._shell = None
        self._serial = 0
        self._pending = b""
        self.ended = False
        RESULTS.mkdir(parents=True, exist_ok=True)
        self.log_file.unlink(missing_ok=True)
        packed = image.packed(kernel, driver, profile, tuple(add), tuple(modules))
        self.command = [
            str(TOP / "scripts" / "guest"), "--name", "g", "--kernel", kernel,
            "--driver", driver, "--image", str(packed), "--console", "none",
            "--append", f"portside.shell=ttyS1 {append}",
            *([] if agent else ["--no-agent"]),
            "-chardev", f"socket,id=console,path={self.run_folder}/console.sock,"
                        f"server=on,wait=off,logfile={self.log_file}",
            "-device", "isa-serial,chardev=console",
            "-chardev", f"socket,id=shell,path={self.run_folder}/shell.sock,server=on,wait=on",
            "-device", "isa-serial,chardev=shell",
            *(option.replace("{run}", str(self.run_folder)) for option in options)]

    # ---- life ----

    def start(self):
        """Boots the guest. Emulated processors now and then lose their way while the
        kernel changes its own code, before any module is there: such a boot is no result,
        and is done again."""
        for _ in range(2):
            try:
                return self._start_once()
            except GuestError:
                if not self._died_before_modules():
                    raise
                self.folder.mkdir()
                self.ended = False
                self._pending = b""
        return self._start_once()

    def _died_before_modules(self):
        log = self.log_file.read_text(errors="replace") if self.log_file.exists() else ""
        return ("Kernel panic" in log and "portside:" not in log
                and not re.search(r"Tainted: G[ A-Z]*O", log))

    def _start_once(self):
        self._stderr = open(self.qemu_log, "w+b")
        self._process = subprocess.Popen(
            self.command, stdin=subprocess.DEVNULL, stdout=self._stderr, stderr=self._stderr,
            env={**os.environ, "PORTSIDE_RUN": str(self.folder)})
        try:
            self._shell = self.socket("shell.sock", BOOT_LIMIT)
            self.qmp = QMP(self.run_folder / "qmp.sock", BOOT_LIMIT)
            self._read_until(re.compile(rb"portside-ready [0-9a-f]+\r?\n"), BOOT_LIMIT)
        except Exception:
            self.kill()
            raise
        return self

    def stop(self):
        """Powers the guest off and checks all its witnesses."""
        if self._process.poll() is not None:
            status = self._process.returncode
            self._clean()
            raise GuestError(f"the guest had ended by itself, status {status}\n{self.tail()}")
        log = self.run("dmesg").output
        found = kernellog.alarms(log, self.expect_log)
        self._shell.sendall(b"\n. /usr/lib/portside/boot.sh; power_off\n")
        self.qmp.drain()
        status = self._wait()
        events = [event["event"] for event in self.qmp.events]
        reasons = [event["data"]["reason"] for event in self.qmp.events
                   if event["event"] == "SHUTDOWN"]
        self._clean()
        if "GUEST_PANICKED" in events or status != 0 or reasons != ["guest-shutdown"]:
            raise GuestError(f"the guest did not power off in order: status {status}, "
                             f"shutdown {reasons}, events {events}\n{self.tail()}")
        if found:
            raise GuestError("the kernel complained:\n" + "\n".join(found) + "\n\n" + log)

    def kill(self):
        """Ends the guest at once, whatever it does."""
        if self.ended:
            return
        if self._process.poll() is None:
            self._process.terminate()
        self._wait()
        self._clean()

    def wait_end(self, timeout=COMMAND_LIMIT):
        """Waits until the guest ends by itself; the status of scripts/guest."""
        status = self._process.wait(timeout)
        self.qmp.drain()
        self._clean()
        return status

    def _wait(self):
        try:
            return self._process.wait(COMMAND_LIMIT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def _clean(self):
        for thing in (self._shell, self.qmp):
            if thing:
                thing.close()
        self._stderr.close()
        self.ended = True
        shutil.rmtree(self.folder, ignore_errors=True)

    def tail(self, lines=40):
        """The end of what the guest's console and QEMU said."""
        text = ""
        for path in (self.log_file, self.qemu_log):
            if path.exists():
                content = path.read_text(errors="replace").replace("\r", "")
                text += f"--- {path.name}\n" + "\n".join(content.splitlines()[-lines:]) + "\n"
        return text

    # ---- lines to the host ----

    def socket(self, name, timeout=COMMAND_LIMIT):
        """A connection to a socket of the run folder, as soon as it is there."""
        deadline = time.monotonic() + timeout
        path = self.run_folder / name
        while True:
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.connect(str(path))
                return connection
            except (FileNotFoundError, ConnectionRefusedError):
                connection.close()
            if self._process.poll() is not None:
                raise GuestError(f"the guest ended before {name} was there\n{self.tail()}")
            if time.monotonic() > deadline:
                raise GuestError(f"no {name} in the run folder\n{self.tail()}")
            # Wait for QEMU's end or a little time, whichever comes first.
            try:
                self._process.wait(0.05)
            except subprocess.TimeoutExpired:
                pass

    def expect_on(self, name="console.sock", timeout=COMMAND_LIMIT):
        """A pexpect session on a socket of the run folder."""
        session = fdpexpect.fdspawn(self.socket(name).detach(), timeout=timeout)
        session.delaybeforesend = None
        return session

    # ---- commands ----

    def _read_until(self, pattern, timeout):
        """The match of a pattern in what the second UART says."""
        deadline = time.monotonic() + timeout
        while True:
            match = pattern.search(self._pending)
            if match:
                self._before = self._pending[:match.start()]
                self._pending = self._pending[match.end():]
                return match
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._shell], [], [], left)[0]:
                so_far = self._pending[-2000:].decode(errors="replace")
                raise GuestError(f"the guest did not answer within {timeout} s; so far: {so_far}\n"
                                 f"one more line end made it say: {self._nudge()}\n{self.tail()}")
            data = self._shell.recv(65536)
            if not data:
                raise GuestError("the guest's second UART is gone: "
                                 f"{self._pending[-2000:].decode(errors='replace')}\n{self.tail()}")
            self._pending += data

    def _nudge(self):
        """What it says to one more byte: that mends a lost interrupt, but no guest that
        has stopped."""
        said = b""
        try:
            self._shell.sendall(b"\n")
            while select.select([self._shell], [], [], 10)[0] and len(said) < 65536:
                data = self._shell.recv(65536)
                if not data:
                    break
                said += data
        except OSError as problem:
            return str(problem)
        return repr(said[-200:])

    def run(self, command, timeout=COMMAND_LIMIT):
        """Runs a shell command in the guest: its exit status and its output
        (both streams). The end mark holds a nonce, so no output can forge it."""
        self._serial += 1
        mark = f"{self.nonce}-{self._serial}"
        self._pending = b""
        self._shell.sendall(
            f"( {command}\n) < /dev/null 2>&1; echo \"{mark[:8]}\"\"{mark[8:]} $?\"\n".encode())
        match = self._read_until(re.compile(mark.encode() + rb" (\d+)\r?\n"), timeout)
        return Result(int(match[1]), self._before.decode(errors="replace"))

    def run_and_forget(self, command):
        """Runs a command that does not come back, such as one that panics."""
        self._shell.sendall(f"{command}\n".encode())

    def check(self, command, timeout=COMMAND_LIMIT):
        """Output of a command that must succeed, without the last line end."""
        result = self.run(command, timeout)
        assert result.status == 0, f"'{command}': status {result.status}\n{result.output}"
        return result.output.rstrip("\n")

    def until(self, command, timeout=COMMAND_LIMIT):
        """Runs a command until it succeeds: waits for a state of the guest."""
        deadline = time.monotonic() + timeout
        while True:
            result = self.run(command)
            if result.status == 0:
                return result.output.rstrip("\n")
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {timeout} s: '{command}'; last: "
                                     f"status {result.status}\n{result.output}")

    def is_alive(self):
        try:
            return self._process.poll() is None and self.qmp.execute("query-status")["running"]
        except QMPError:
            return False
