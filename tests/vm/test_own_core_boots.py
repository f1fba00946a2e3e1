# SPDX-License-Identifier: GPL-2.0
"""Our own stop core in guests that are booted for it: other numbers of CPUs, a
kernel that a bzImage has put somewhere else, a stop before the other modules, and a
panic."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.gdb import CALL, Gdb, module_file, strike, struck, symbol_file
from harness.guest import Guest

TOP = Path(__file__).resolve().parents[2]
# Each boots a guest: with --long.
pytestmark = pytest.mark.long

PORT = "org.portside.gdb"
SOCKET = f"{PORT}.sock"


def load(guest, words=""):
    guest.check(f"insmod /kgdboc.ko kgdboc=vport:{PORT} core=own {words}")


def exercise(guest, symbols, cpus):
    """A session: each CPU is there, a breakpoint on each, a watchpoint, Ctrl-C."""
    gdb = Gdb(guest, SOCKET, symbols=symbols)
    assert re.findall(r"shadowCPU(\d+)", gdb("info threads")) == [str(n) for n in range(cpus)]
    assert "lost" not in gdb("monitor cpus")
    gdb(f"break *{CALL}")
    gdb.send("continue")
    strike(guest, 1, cpus)
    seen = set()
    for _ in range(cpus):
        assert CALL in gdb.answer()
        seen.add(gdb.cpu())
        gdb.send("continue")
    assert seen == set(range(cpus))
    assert struck(guest) == f"{cpus} calls"
    gdb.interrupt()
    gdb("delete")
    gdb("watch *(unsigned long *)&jiffies_64")
    assert "New value" in gdb("continue")
    gdb.end()
    guest.check("true")


@pytest.mark.parametrize("cpus", [1, 4])
def test_any_number_of_cpus(boot, kernel, tmp_path, cpus):
    guest = boot(f"cpus{cpus}", ["--smp", str(cpus), "--port", PORT], agent=True,
                 add=[module_file(kernel)], append="portside.getty=ttyS0")
    load(guest)
    exercise(guest, symbol_file(guest, tmp_path / "kernel.elf"), cpus)
    guest.check("rmmod kgdboc")
    guest.stop()


def test_a_kernel_that_its_bzimage_has_moved(boot, kernel, tmp_path):
    """gdb is given the kernel's file as it was linked, and asks where it is."""
    folder = TOP / "build" / "kernels" / kernel
    guest = boot("bzimage", ["--port", PORT], kernel=str(folder / "vmlinuz"), agent=True,
                 add=[module_file(kernel)], append="portside.getty=ttyS0")
    start = int(guest.check("awk '$3 == \"_stext\" { print $1; exit }' /proc/kallsyms"), 16)
    load(guest)
    gdb = Gdb(guest, SOCKET, symbols=folder / "vmlinux")
    text = int(re.search(r"(0x[0-9a-f]+) - 0x[0-9a-f]+ is \.text", gdb("info files"))[1], 16)
    assert text == start
    gdb.end()
    exercise(guest, symbol_file(guest, tmp_path / "kernel.elf"), 2)
    guest.stop()


def test_kgdbwait_stops_before_the_other_modules(request, kernel):
    """The initramfs loads what serves the line, then the debugger, then the rest."""
    guest = Guest(f"{request.module.__name__}.wait", ["--port", PORT], kernel=kernel,
                  modules=["kgdboc", "dummy"],
                  append=f"kgdboc=vport:{PORT} kgdboc.core=own kgdbwait portside.modules=dummy "
                         "portside.getty=ttyS0")

    def debug():
        pause = threading.Event()
        while not (guest.run_folder / SOCKET).exists():
            pause.wait(0.05)
        gdb = Gdb(guest, SOCKET, limit=240)
        place, log = gdb("monitor bt"), gdb("monitor dmesg")
        gdb.quit()
        return place, log

    with ThreadPoolExecutor(1) as pool:
        session = pool.submit(debug)
        guest.start()
        try:
            place, log = session.result(240)
            assert re.search(r"own_attach|kgdboc", place), place
            assert "Linux version" in log
            # The newest is the first there.
            modules = guest.check("cut -d ' ' -f 1 /proc/modules").split()
            assert modules.index("dummy") < modules.index("kgdboc") < modules.index("virtio_console")
            guest.stop()
        finally:
            guest.kill()


def test_a_panic_stops_into_gdb(request, kernel, tmp_path):
    """First one that nobody waits for, with panic=1: gdb comes when it has happened."""
    guest = Guest(f"{request.module.__name__}.panic", ["--port", PORT], kernel=kernel,
                  add=[module_file(kernel)], agent=True, append="portside.getty=ttyS0")
    guest.start()
    try:
        load(guest, "panic=1")
        symbols = symbol_file(guest, tmp_path / "kernel.elf")
        guest.run_and_forget("echo c > /proc/sysrq-trigger")
        gdb = Gdb(guest, SOCKET, symbols=symbols)
        assert "sysrq_handle_crash" in gdb("monitor bt")
        assert "sysrq triggered crash" in gdb("monitor dmesg")
        # Whoever else hears of a panic comes later.
        assert "GUEST_PANICKED" not in [event["event"] for event in guest.qmp.events]
        gdb.quit()
        assert guest.wait_end(240) != 0
    finally:
        guest.kill()
