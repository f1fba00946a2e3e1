# SPDX-License-Identifier: GPL-2.0
"""A guest in which a driver of ours and the kernel's own take turns: the same
kernel, the same QEMU process, only the module changes."""

import os
import select
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "vm"))

from harness.guest import Guest, GuestError  # noqa: E402, F401
from harness.modules import in_tree  # noqa: E402
from harness.ports import wait_ports  # noqa: E402
from harness.qmp import QMPError  # noqa: E402, F401
from measure import OURS, THEIRS  # noqa: E402

PARTS = TOP / "build" / "tests" / "bench"
IN_GUEST = "/usr/lib/bench"
LIMIT = 280


class BenchError(Exception):
    """A run that cannot count: a transfer failed, a part is missing."""


def release_of(kernel):
    return (TOP / "build" / "kernels" / kernel / "release").read_text().strip()


def both_modules(kernel, module):
    """Paths of our module and of the kernel's own, uncompressed."""
    release = release_of(kernel)
    ours = TOP / "build" / release / f"{module}.ko"
    theirs = in_tree(kernel, module)
    if not theirs:
        raise BenchError(f"kernel {release} has {module} built in: the two cannot take turns in "
                         "one guest; take --kernel 6.1")
    if not ours.exists():
        raise BenchError(f"no {ours.relative_to(TOP)}: run 'scripts/modules {kernel}'")
    # As an image packs it, and as the kernel's own is: without debug information.
    stripped = PARTS / release / f"{module}.ours.ko"
    stripped.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["strip", "--strip-debug", "-o", str(stripped), str(ours)], check=True)
    return stripped, theirs


def words(text):
    """KEY=VALUE words of a load program's last line, as numbers."""
    pairs = (word.split("=", 1) for word in text.splitlines()[-1].split())
    return {key: float(value) for key, value in pairs}


class HostEnds:
    """The process that holds the host's ends of lines (hostend.c)."""

    def __init__(self, paths):
        self._process = subprocess.Popen([str(PARTS / "hostend"), *map(str, paths)],
                                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        ready = select.select([self._process.stdout], [], [], 60)[0]
        if not ready or self._process.stdout.readline() != b"connected\n":
            self._process.kill()
            raise BenchError("hostend: " + self._process.stderr.read().decode())

    def check(self):
        if self._process.poll() is not None:
            raise BenchError("hostend: " + self._process.stderr.read().decode())

    def end(self):
        self._process.kill()
        self._process.wait()


class Rig:
    """A guest with both modules of a driver in its image.

    ports: names of virtio-serial ports with a socket each.
    sockets: names of further chardev sockets (NAME.sock) that get a host's end.
    ends: no host's ends at all when False; the suite connects by itself.
    add: more files for the image.
    """

    def __init__(self, label, kernel, module="virtio_console", ports=(), options=(),
                 serial="max_ports=31", smp=2, memory="512M", sockets=(), ends=True, devices="none",
                 add=(), **settings):
        ours, theirs = both_modules(kernel, module)
        self.module, self.ports, self.kernel = module, list(ports), kernel
        self._sockets = [*ports, *sockets] if ends else []
        self.paths = {OURS: f"{IN_GUEST}/ours.ko", THEIRS: f"{IN_GUEST}/in-tree.ko"}
        words_ = ["--smp", str(smp), "--memory", memory]
        if ports:
            words_ += ["-device", f"virtio-serial-pci,id=bench,{serial}"]
        for name in ports:
            words_ += ["-chardev", f"socket,id={name},path={{run}}/{name}.sock,server=on,wait=off",
                       "-device", f"virtserialport,bus=bench.0,chardev={name},name={name}"]
        guest_programs = [str(path) for path in sorted((PARTS / "guest").glob("*"))]
        self.guest = Guest(
            f"bench.{label}", [*words_, *options], kernel=kernel,
            add=[f"{ours}:{self.paths[OURS]}", f"{theirs}:{self.paths[THEIRS]}", *guest_programs,
                 *add],
            append=f"portside.devices={devices} portside.login=off " + settings.pop("append", ""),
            **settings)
        self.ends = None
        self.nodes = []

    def __enter__(self):
        self.guest.start()
        try:
            if self._sockets:
                self.ends = HostEnds(self.guest.run_folder / f"{name}.sock"
                                     for name in self._sockets)
        except Exception:
            self.guest.kill()
            raise
        return self

    def __exit__(self, kind, value, trace):
        if kind:
            print(self.guest.tail(), file=sys.stderr)
            self.guest.kill()
        else:
            self.guest.stop()
        if self.ends:
            self.ends.end()

    def use(self, who):
        """Loads one of the two modules in place of the other; returns the
        seconds that loading took."""
        took = self.guest.check(
            f"rmmod {self.module} 2>/dev/null; set -e; read a b < /proc/uptime; "
            f"insmod {self.paths[who]}; read c d < /proc/uptime; echo $a $c")
        before, after = map(float, took.split())
        if self.ports:
            self.nodes = wait_ports(self.guest, *self.ports)
        return after - before

    def module_kib(self):
        """Memory that the loaded module takes."""
        return int(self.guest.check(f"cat /sys/module/{self.module}/coresize")) / 1024

    def main_loop_seconds(self):
        """Processor time that QEMU's main loop has used: it handles every queue."""
        pid = int((self.guest.run_folder / "pid").read_text())
        fields = Path(f"/proc/{pid}/task/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def load(self, *arguments, program="portload"):
        """Runs a load program in the guest; its figures."""
        line = " ".join([program, *map(str, arguments)])
        result = self.guest.run(f"{line}", timeout=LIMIT)
        if self.ends:
            self.ends.check()
        if result.status:
            raise BenchError(f"'{line}': status {result.status}: {result.output}")
        return words(result.output)


def turns(rounds):
    """Who runs when: the order changes from round to round."""
    for index in range(rounds):
        pair = (OURS, THEIRS) if index % 2 == 0 else (THEIRS, OURS)
        for who in pair:
            yield index, who
