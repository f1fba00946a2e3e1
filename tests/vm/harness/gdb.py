# SPDX-License-Identifier: GPL-2.0
"""gdb on a guest's kernel: one process, spoken to by its prompt, with symbols
from `portside symbols`."""

import re
import subprocess
import time
from pathlib import Path

import pexpect

TOP = Path(__file__).resolve().parents[3]
PROMPT = "<gdb-is-ready>"
LIMIT = 120


def symbol_file(guest, path):
    """Makes a symbol file of the guest's /proc/kallsyms; the guest has an agent."""
    program = TOP / "build" / "bin" / "portside"
    subprocess.run([str(program), "symbols", "--control",
                    f"unix:{guest.run_folder}/control.sock", "--data",
                    f"unix:{guest.run_folder}/data.sock", "--wait", "-o", str(path)],
                   check=True, timeout=400)
    return path


CALL = "__x64_sys_sched_get_priority_max"


def module_file(kernel):
    """The module for an image, as /kgdboc.ko: these tests load it themselves."""
    release = (TOP / "build" / "kernels" / kernel / "release").read_text().strip()
    return f"{TOP}/build/{release}/kgdboc.ko:/kgdboc.ko"


def strike(guest, count=1, cpus=1):
    """Starts calls of CALL. It does not wait for the shell: the kernel may stop at the
    first of them."""
    guest.run_and_forget(f"rm -f /tmp/hammer; hammer {count} {cpus} > /tmp/hammer 2>&1 &")


def struck(guest):
    """What the calls said at their end."""
    return guest.until("grep calls /tmp/hammer")


class Gdb:
    """A gdb attached to a line of a guest: it has stopped when this returns."""

    def __init__(self, guest, line="kgdb.sock", symbols=None, limit=LIMIT):
        self.process = pexpect.spawn(
            "gdb", ["-nx", "-q", "-ex", "set editing off", "-ex", f"set prompt {PROMPT}"],
            encoding="utf-8", timeout=limit, codec_errors="replace", echo=False)
        self.process.expect_exact(PROMPT)
        for setting in ("confirm off", "pagination off", "width 0", "height 0",
                        "remotetimeout 60", "architecture i386:x86-64",
                        "style enabled off"):
            self("set " + setting)
        if symbols:
            self(f"file {symbols}")
        before = time.monotonic()
        self.attached = self(f"target remote {guest.run_folder}/{line}")
        self.attach_seconds = time.monotonic() - before

    def __call__(self, command, limit=-1):
        """What a command prints."""
        self.send(command)
        return self.answer(limit)

    def send(self, command):
        self.waits = True
        self.process.sendline(command)

    def answer(self, limit=-1):
        self.process.expect_exact(PROMPT, timeout=limit)
        self.waits = False
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self.process.before).replace("\r", "")

    def value(self, expression):
        """An expression as an integer."""
        text = self(f"p/x {expression}")
        match = re.search(r"= (0x[0-9a-f]+)", text)
        assert match, text
        return int(match[1], 16)

    def cpu(self):
        """The number of the CPU whose thread is the current one."""
        return int(re.search(r"\(Thread (\d+)", self("thread"))[1]) - 1

    def choose(self, cpu):
        """Makes a CPU's thread the current one; gdb has numbers of its own for them."""
        number = re.search(rf"(\d+) +Thread {cpu + 1} ", self("info threads"))[1]
        self(f"thread {number}")

    def interrupt(self):
        """Ctrl-C, and the stop that follows."""
        self.process.sendintr()
        return self.answer()

    def end(self):
        """Lets the kernel run, whatever was going on, without breakpoints."""
        if self.process.isalive():
            if self.waits:
                self.interrupt()
            self("delete")
            self.quit()

    def kill(self):
        """Dies like a gdb that was killed: the kernel is not told."""
        self.process.kill(9)
        self.process.wait()

    def quit(self):
        """Lets the kernel run and ends."""
        self("detach")
        self.process.sendline("quit")
        self.process.expect(pexpect.EOF)
        self.process.wait()
