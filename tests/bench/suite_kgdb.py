# SPDX-License-Identifier: GPL-2.0
"""gdb on the kernel: memory, steps and threads a second, over the kernel's own stub
and over our stop core, against the in-tree kgdboc on the same UART and against
QEMU's gdbstub. On a kernel compiled with CONFIG_KGDB: both modules need one."""

import sys
import time

from harness.gdb import Gdb
from measure import OURS, THEIRS
from rig import TOP, Rig

UART, PORT = "ttyS2,115200", "bench.kgdb"
OWN_UART, PORT_STUB, OWN_PORT = "own core, UART", "kernel's stub, port", "own core, port"
QEMU = "QEMU's gdbstub"
KIB = 1 << 10
# Contestant: module (None: none), its parameters, socket, KiB to dump.
CONTESTANTS = {
    THEIRS: (THEIRS, f"kgdboc={UART}", "uart.sock", 96),
    OURS: (OURS, f"kgdboc={UART} core=kernel", "uart.sock", 192),
    OWN_UART: (OURS, f"kgdboc={UART} core=own", "uart.sock", 768),
    PORT_STUB: (OURS, f"kgdboc=vport:{PORT} core=kernel", f"{PORT}.sock", 768),
    OWN_PORT: (OURS, f"kgdboc=vport:{PORT} core=own", f"{PORT}.sock", 4096),
    QEMU: (None, "", "gdb.sock", 4096),
}
# Row: unit, aim on the same UART, whether more is better.
ROWS = {"dump": ("KB/s", 3, True), "stepi": ("steps/s", 3, True),
        "info threads": ("s", 1, False)}


def took(gdb, command):
    before = time.monotonic()
    text = gdb(command)
    seconds = time.monotonic() - before
    assert "rror" not in text and "annot" not in text, text
    return seconds


def attach(rig, console, who, symbols):
    """A gdb on the stopped kernel. The in-tree module is not stopped by connecting."""
    module, parameters, line, _ = CONTESTANTS[who]
    if module:
        rig.guest.check(f"insmod {rig.paths[module]} {parameters}")
    if who == THEIRS:
        rig.guest.run_and_forget("echo g > /proc/sysrq-trigger")
        console.expect("Entering kdb|KGDB or ")
    return Gdb(rig.guest, line, symbols=symbols, limit=280)


def measure(table, rig, console, who, symbols, quick):
    gdb = attach(rig, console, who, symbols)
    size = CONTESTANTS[who][3] * KIB // (4 if quick else 1)
    steps = 50 if quick else 200
    file = rig.guest.folder / "dump"
    seconds = {
        "dump": took(gdb, f"dump binary memory {file} &_text ((char *)&_text)+{size}"),
        "stepi": took(gdb, f"stepi {steps}"),
        "info threads": took(gdb, "info threads"),
    }
    assert file.stat().st_size == size
    gdb.quit()
    rig.guest.check("rmmod kgdboc 2>/dev/null; true")
    figures = {"dump": size / 1e3 / seconds["dump"], "stepi": steps / seconds["stepi"],
               "info threads": seconds["info threads"]}
    for name, (unit, aim, higher) in ROWS.items():
        table.row(f"kgdb {name}, same UART", unit, higher=higher, aim=aim, group="kgdb").add(
            who, figures[name])


def run(table, kernel, rounds, quick):
    kernel = kernel if kernel.startswith("kgdb-") else f"kgdb-{kernel}"
    symbols = TOP / "build" / "kernels" / kernel / "headers" / "vmlinux"
    if not table.wanted("kgdb") and not any(table.wanted(f"kgdb {name}") for name in ROWS):
        return
    if not symbols.exists():
        print(f"bench: no kernel {kernel}: 'scripts/kernel build kgdb {kernel[5:]}' and "
              f"'scripts/modules {kernel}' make it; suite kgdb is left out", file=sys.stderr)
        return
    with Rig("kgdb", kernel, module="kgdboc", ports=[PORT], ends=False, options=[
            "--gdb", "-chardev", "socket,id=uart,path={run}/uart.sock,server=on,wait=off",
            "-device", "isa-serial,irq=10,chardev=uart"],
            append="sysrq_always_enabled portside.getty=ttyS0") as rig:
        rig.guest.check("modprobe virtio_console; rmmod kgdboc 2>/dev/null; true")
        console = rig.guest.expect_on()
        for index in range(rounds):
            order = list(CONTESTANTS)
            for who in order if index % 2 == 0 else reversed(order):
                measure(table, rig, console, who, symbols, quick)
        for name in ROWS:
            row = table.row(f"kgdb {name}, same UART", "")
            row.note = "against in-tree: " + ", ".join(
                f"{who} {row.ratio(who):.1f}x" for who in CONTESTANTS if who not in (OURS, THEIRS))
