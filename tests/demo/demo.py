#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""`make demo`: the main job on a stock kernel, a line a step. Boots a guest on
a terminal of its own, moves files both ways, logs in on every console, uses
the monitor, plugs a port, takes the boot log from a USB line and powers off."""

import argparse
import hashlib
import os
import re
import select
import shutil
import socket
import tempfile
import time
from pathlib import Path

import pexpect
from pexpect import fdpexpect

from steps import TOP, Demo, main, need, output_of, plain

LIMIT = 240
PROMPT = r"portside:\S*# "


class Guest:
    """A guest on a pseudo-terminal, as a user has it: ttyS0 and the monitor."""

    def __init__(self, kernel, name, *options):
        self.base = Path(tempfile.mkdtemp(prefix="portside-demo-"))
        self.folder = self.base / name
        self.environment = {**os.environ, "PORTSIDE_RUN": str(self.base)}
        self.name = name
        self.command = ["scripts/guest", "--kernel", kernel, "--name", name, *options]
        self.terminal = None

    def start(self):
        self.terminal = pexpect.spawn(self.command[0], self.command[1:], cwd=str(TOP),
                                      env=self.environment, timeout=LIMIT, encoding="utf-8",
                                      codec_errors="replace", dimensions=(40, 160))
        self.terminal.delaybeforesend = None

    def portside(self, *words, timeout=LIMIT):
        """The portside command, on this guest."""
        return output_of(TOP / "build/bin/portside", words[0], "--guest", self.name, *words[1:],
                         timeout=timeout, env=self.environment)

    def run(self, command):
        return self.portside("exec", "--no-stdin", "sh", "-c", command)

    def until(self, command):
        """Repeats a command of the guest until it succeeds."""
        return self.run("i=0; until out=$( " + command + " ) 2> /dev/null; do i=$((i + 1)); "
                        "[ $i -lt 2400 ] || { " + command + "; exit 1; }; usleep 50000; done; "
                        "printf '%s\\n' \"$out\"")

    def line(self, name):
        """A session on the socket of a line."""
        deadline = time.monotonic() + LIMIT
        while True:
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.connect(str(self.folder / name))
                break
            except (FileNotFoundError, ConnectionRefusedError):
                connection.close()
                if time.monotonic() > deadline:
                    raise
                select.select([], [], [], 0.05)
        session = fdpexpect.fdspawn(connection.detach(), timeout=LIMIT, encoding="utf-8",
                                    codec_errors="replace")
        session.delaybeforesend = None
        return session

    def close(self):
        if self.terminal and self.terminal.isalive():
            self.terminal.terminate(force=True)
        shutil.rmtree(self.base, ignore_errors=True)


def digest(path, name):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, name).hexdigest() if hasattr(hashlib, "file_digest") \
            else hashlib.new(name, file.read()).hexdigest()


class MainJob:
    """The steps that share the first guest."""

    def __init__(self, kernel):
        self.kernel = kernel
        self.kernel_folder = Path(output_of("scripts/kernel", "path", kernel).strip())
        self.guest = self._guest()
        self.work = Path(tempfile.mkdtemp(prefix="portside-demo-files-"))

    def _guest(self):
        guest = Guest(self.kernel, "demo")
        guest.command += [
            "--port", "test1", "--port", "test2", "--usb-serial",
            "-chardev", f"socket,id=hv,path={guest.folder}/hvc0.sock,server=on,wait=off",
            "-device", "virtconsole,chardev=hv"]
        return guest

    def boot(self):
        began = time.monotonic()
        self.guest.start()
        said = self.guest.portside("ping", "--wait", "--timeout", str(LIMIT))
        return f"{said.strip()} {time.monotonic() - began:.1f} s after QEMU's start"

    def versions(self):
        release = self.guest.run("uname -r").strip()
        need(release == (self.kernel_folder / "release").read_text().strip(),
             f"the guest runs {release}")
        self.guest.until("test -c /dev/ttyUSB0")
        lines = []
        for module in ("virtio_console", "ftdi_sio"):
            loaded, taint, packed = self.guest.run(
                f"cd /sys/module/{module}; cat srcversion taint /usr/lib/portside/ours/{module}"
            ).split()
            need(loaded == packed and "O" in taint, f"{module} is not ours: {loaded}, {taint}")
            lines.append(f"{module} {loaded} (ours, {taint})")
        return "\n".join([f"kernel {release}", *lines])

    def names(self):
        self.guest.until("test -e /dev/virtio-ports/test2")
        listing = self.guest.run("ls -l /dev/vport* /dev/virtio-ports")
        for name in ("org.portside.control", "org.portside.data", "test1", "test2"):
            need(re.search(rf"{re.escape(name)} -> \.\./vport\d+p\d+", listing),
                 f"no link for {name}:\n{listing}")
        return listing

    def put(self):
        source = self.kernel_folder / "vmlinux"
        began = time.monotonic()
        self.guest.portside("put", "--digest", "sha1", source, "/root/host-big-file")
        seconds = time.monotonic() - began
        there = self.guest.run("sha1sum /root/host-big-file").split()[0]
        here = digest(source, "sha1")
        need(there == here, f"SHA-1 here {here}, in the guest {there}")
        size = source.stat().st_size
        return f"{size / 1e6:.1f} MB in {seconds:.1f} s, SHA-1 {here} at both ends"

    def get(self):
        target = self.work / "guest-big-file"
        self.guest.run("head -c 48m /dev/urandom > /root/guest-big-file")
        began = time.monotonic()
        self.guest.portside("get", "--digest", "sha1", "/root/guest-big-file", target)
        seconds = time.monotonic() - began
        there = self.guest.run("sha1sum /root/guest-big-file").split()[0]
        here = digest(target, "sha1")
        need(there == here, f"SHA-1 here {here}, in the guest {there}")
        return f"{target.stat().st_size / 1e6:.1f} MB in {seconds:.1f} s, SHA-1 {here} at both ends"

    def login(self, session, line):
        session.send("\r")
        session.expect(PROMPT)
        session.send("tty\r")
        session.expect(rf"/dev/{line}\r")
        session.expect(PROMPT)
        return None

    def monitor(self):
        terminal = self.guest.terminal
        terminal.send("\x01c")
        terminal.expect(r"\(qemu\) ")
        terminal.send("info chardev\r")
        terminal.expect(r"portside-console-base: filename=stdio")
        text = terminal.before + terminal.after
        terminal.expect(r"\(qemu\) ")
        text = plain(text + terminal.before)
        for chardev in ("portside-control", "portside-data", "hv", "portside-usb"):
            need(f"{chardev}: " in text, f"no {chardev} in:\n{text}")
        return "\n".join(line for line in text.splitlines() if ": filename=" in line)

    def monitor_says(self, line):
        self.guest.terminal.send(line + "\r")
        self.guest.terminal.expect(r"\(qemu\) $")
        return plain(self.guest.terminal.before).rstrip()

    def hmp(self, line):
        said = self.monitor_says(line)
        need("Error" not in said, said)

    def plug(self):
        self.hmp(f"chardev-add socket,id=hot,path={self.guest.folder}/hot.sock,server=on,wait=off")
        self.hmp("device_add virtserialport,bus=portside-serial.0,chardev=hot,name=hot.port,id=hotport")
        link = self.guest.until("readlink /dev/virtio-ports/hot.port").strip()
        self.hmp("device_del hotport")
        self.guest.until("! test -e /dev/virtio-ports/hot.port && ! test -e /dev/" +
                         link.rsplit("/", 1)[1])
        # QEMU lets go of the backend a moment after the device has gone.
        deadline = time.monotonic() + LIMIT
        while self.monitor_says("chardev-remove hot").endswith("Chardev 'hot' is busy"):
            need(time.monotonic() < deadline, "chardev-remove: QEMU keeps the backend busy")
        self.guest.terminal.send("\x01c")
        return f"hot.port -> {link} came and went"

    def clean_log(self):
        log = self.guest.run("dmesg")
        bad = [line for line in log.splitlines()
               if re.search(r"WARNING: |BUG: |Oops|Call Trace|stall", line)]
        need(not bad, "\n".join(bad))

    def shutdown(self):
        self.guest.portside("shutdown")
        self.guest.terminal.expect(pexpect.EOF)
        self.guest.terminal.close()
        status = self.guest.terminal.exitstatus
        need(status == 0, f"scripts/guest ended with status {status}")

    def close(self):
        self.guest.close()
        shutil.rmtree(self.work, ignore_errors=True)


def usb_console(kernel):
    """The seed's system console on a USB line: the boot log, then a login."""
    guest = Guest(kernel, "usb", "--console", "ttyUSB0", "--append", "console=ttyUSB0,115200 ignore_loglevel")
    try:
        guest.start()
        terminal = guest.terminal
        terminal.expect(r"Linux version [^\r\n]*")
        first = plain(terminal.after)
        terminal.expect(r"Run /init as init process")
        terminal.send("\r")
        terminal.expect(PROMPT)
        terminal.send("tty; cat /sys/class/tty/console/active\r")
        terminal.expect(r"/dev/ttyUSB0\r")
        terminal.expect(r"[^\r\n]*ttyUSB0[^\r\n]*\r")
        active = plain(terminal.after).strip()
        terminal.expect(PROMPT)
        guest.portside("shutdown")
        terminal.expect(pexpect.EOF)
        return f"{first[:90]}\nactive consoles: {active}"
    finally:
        guest.close()


def run(words):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kernel", default="6.1")
    parser.add_argument("--record", help="write a recording of the terminal there")
    options = parser.parse_args(words)
    demo = Demo("Portside: make demo", options.record)
    job = MainJob(options.kernel)
    demo.say(f"$ {' '.join(job.guest.command)}")
    try:
        if demo.step("the guest boots and answers", job.boot):
            demo.step("a stock kernel runs our modules", job.versions)
            demo.step("ports have nodes, and links by their names", job.names)
            demo.step("host -> guest: a file, the same at both ends", job.put)
            demo.step("guest -> host: a file, the same at both ends", job.get)
            demo.step("login on ttyS0", lambda: job.login(job.guest.terminal, "ttyS0"))
            demo.step("login on hvc0", lambda: job.login(job.guest.line("hvc0.sock"), "hvc0"))
            demo.step("login on ttyUSB0",
                      lambda: job.login(job.guest.line("usb-serial.sock"), "ttyUSB0"))
            demo.step("the monitor on the same terminal (C-a c) lists the chardevs", job.monitor)
            demo.step("a port plugged by the monitor gets its link, and loses it", job.plug)
            demo.step("the kernel's log has no warning", job.clean_log)
            demo.step("the host orders the shutdown over the port", job.shutdown)
        else:
            demo.show(plain(job.guest.terminal.before or "")[-3000:])
    finally:
        job.close()
    demo.step("console=ttyUSB0: the boot log from its first line, then a login",
              lambda: usb_console(options.kernel))
    demo.relay("scripts/demo-gdb", options.kernel)
    return demo.end()


if __name__ == "__main__":
    main(run)
