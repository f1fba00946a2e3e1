# SPDX-License-Identifier: GPL-2.0
"""gdb on the kernel: memory, single steps, a long function and threads, over the kernel's
own stub and over our stop core, against the in-tree kgdboc on the same UART and against QEMU's
gdbstub. The kernel is one compiled with CONFIG_KGDB: the in-tree module needs it."""

import re
import select
import sys
import time

import pexpect

from harness.gdb import Gdb
from measure import OURS, THEIRS
from rig import TOP, BenchError, Rig

UART, PORT = "ttyS2,115200", "bench.kgdb"
OWN_UART, STUB_PORT, OWN_PORT = "own core, UART", "kernel's stub, port", "own core, port"
QEMU = "QEMU's gdbstub"
KIB = 1 << 10
# Contestant: module (None: none), its parameters, socket, KiB to dump, steps.
CONTESTANTS = {
    THEIRS: (THEIRS, f"kgdboc={UART}", "uart.sock", 96, 200),
    OURS: (OURS, f"kgdboc={UART} core=kernel", "uart.sock", 192, 200),
    OWN_UART: (OURS, f"kgdboc={UART} core=own", "uart.sock", 768, 400),
    STUB_PORT: (OURS, f"kgdboc=vport:{PORT} core=kernel", f"{PORT}.sock", 768, 200),
    OWN_PORT: (OURS, f"kgdboc=vport:{PORT} core=own", f"{PORT}.sock", 4096, 400),
    QEMU: (None, "", "gdb.sock", 4096, 400),
}
# Row: unit, aim on the same UART, whether more is better.
ROWS = {"attach": ("s", 1, False), "dump": ("KB/s", 3, True), "stepi": ("steps/s", 1, True),
        "info threads": ("s", 1, False), "next over a function": ("s", 1, False)}
# Some 280 instructions without a call; the symbols have no lines, so that one next leads
# out of it.
LONG_FUNCTION = "_parse_integer_limit"
CALLS_IT = "echo 000000000000001 > /proc/sys/kernel/sysrq"
LIMIT = 120


def took(gdb, command):
    before = time.monotonic()
    text = gdb(command)
    seconds = time.monotonic() - before
    # What it shows of the source does not count.
    if re.search(r"^(Error|Cannot|Could not|Python Exception)", text, re.M):
        raise BenchError(f"gdb: {command}: {text}")
    return seconds


def stop_in_tree(guest, line):
    """Connecting does not stop the in-tree module's kernel. Asked why it has stopped, its
    kdb, which may be there first, hands over to the stub."""
    with guest.socket(line) as session:
        guest.run_and_forget("echo g > /proc/sysrq-trigger")
        answer = b""
        deadline = time.monotonic() + LIMIT
        while b"+$" not in answer:
            if time.monotonic() > deadline:
                raise BenchError(f"the in-tree kgdboc does not answer: {answer}")
            session.sendall(b"$?#3f")
            while select.select([session], [], [], 0.5)[0]:
                answer += session.recv(4096)


def next_takes(gdb, guest):
    gdb(f"break *{LONG_FUNCTION}")
    gdb.send("continue")
    guest.run_and_forget(CALLS_IT)
    if LONG_FUNCTION not in gdb.answer():
        raise BenchError(f"{LONG_FUNCTION} was not reached")
    gdb("delete")
    seconds = took(gdb, "next")
    if LONG_FUNCTION in gdb("info symbol $rip"):
        raise BenchError(f"next did not lead out of {LONG_FUNCTION}")
    return seconds


def measure(table, rig, who, symbols, quick):
    module, parameters, line, size, steps = CONTESTANTS[who]
    size, steps = size * KIB // (4 if quick else 1), steps // (4 if quick else 1)
    if module:
        rig.guest.check(f"insmod {rig.paths[module]} {parameters}")
    if who == THEIRS:
        stop_in_tree(rig.guest, line)
    file = rig.guest.folder / "dump"
    gdb = Gdb(rig.guest, line, symbols=symbols, limit=LIMIT)
    figures = {
        "attach": gdb.attach_seconds,
        "dump": size / 1e3 / took(gdb, f"dump binary memory {file} &_text ((char *)&_text)+{size}"),
        # One at a time: "stepi N" ends at the first stop that gdb takes for another one.
        "stepi": steps / took(gdb, "python [gdb.execute('stepi', to_string=True) "
                                   f"for _ in range({steps})]"),
        "info threads": took(gdb, "info threads"),
        "next over a function": next_takes(gdb, rig.guest),
    }
    if file.stat().st_size != size:
        raise BenchError(f"{who}: a dump of {file.stat().st_size} bytes, not {size}")
    gdb.quit()
    rig.guest.check("rmmod kgdboc 2>/dev/null; true")
    for name, (unit, aim, higher) in ROWS.items():
        table.row(f"kgdb {name}, same UART", unit, higher=higher, aim=aim, group="kgdb").add(
            who, figures[name])


def run(table, kernel, rounds, quick):
    if not any(table.wanted(f"kgdb {name}, same UART") for name in ROWS):
        return
    kernel = kernel if kernel.startswith("kgdb-") else f"kgdb-{kernel}"
    symbols = TOP / "build" / "kernels" / kernel / "vmlinux"
    if not symbols.exists():
        print(f"bench: no kernel {kernel}: 'scripts/kernel build kgdb {kernel[5:]}' and "
              f"'scripts/modules {kernel}' make it; suite kgdb is left out", file=sys.stderr)
        return
    with Rig("kgdb", kernel, module="kgdboc", ports=[PORT], ends=False, options=[
            "--gdb", "-chardev", "socket,id=uart,path={run}/uart.sock,server=on,wait=off",
            "-device", "isa-serial,irq=10,chardev=uart"],
            append="sysrq_always_enabled portside.getty=ttyS0") as rig:
        rig.guest.check("modprobe virtio_console; rmmod kgdboc 2>/dev/null; true")
        try:
            for index in range(min(rounds, 2)):
                order = list(CONTESTANTS)
                for who in order if index % 2 == 0 else reversed(order):
                    measure(table, rig, who, symbols, quick)
        except (BenchError, pexpect.TIMEOUT, pexpect.EOF) as problem:
            raise BenchError(f"{who}: {str(problem)[-2000:]}") from problem
    for name in ROWS:
        row = table.row(f"kgdb {name}, same UART", "")
        row.note = "against in-tree: " + ", ".join(
            f"{who} {row.ratio(who):.1f}x" for who in CONTESTANTS if who not in (OURS, THEIRS))
