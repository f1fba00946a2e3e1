# SPDX-License-Identifier: GPL-2.0
"""gdb sessions with a kernel that has CONFIG_KGDB, over a UART and a virtio port."""

import re
import time
from pathlib import Path

import pytest

from harness.gdb import Gdb

TOP = Path(__file__).resolve().parents[2]
PARAMETER = "/sys/module/kgdboc/parameters/kgdboc"
UART, PORT = "ttyS2,115200", "vport:org.kgdb.0"
SOCKETS = {UART: "uart.sock", PORT: "port.sock"}


@pytest.fixture(scope="module")
def guest(boot, kernel):
    release = (TOP / "build" / "kernels" / kernel / "release").read_text().strip()
    options = ["-device", "virtio-serial-pci"]
    for name, device in (("uart", "isa-serial,irq=10"),
                         ("port", "virtserialport,name=org.kgdb.0")):
        options += ["-chardev", f"socket,id={name},path={{run}}/{name}.sock,server=on,wait=off",
                    "-device", f"{device},chardev={name}"]
    guest = boot("kgdb", options, add=[f"{TOP}/build/{release}/kgdboc.ko:/kgdboc.ko"],
                 append="sysrq_always_enabled portside.getty=ttyS0")
    guest.check("insmod /kgdboc.ko")
    return guest


@pytest.fixture(scope="module")
def vmlinux(kernel):
    return TOP / "build" / "kernels" / kernel / "headers" / "vmlinux"


def write(guest, value):
    return guest.run(f"printf '%s\\n' '{value}' | dd of={PARAMETER}")


def configure(guest, value):
    result = write(guest, value)
    assert result.status == 0, result.output + guest.run("dmesg | tail -n 5").output


# ---- sessions ----

@pytest.fixture(params=[UART, PORT], ids=["uart", "port"])
def line(request, guest):
    configure(guest, request.param)
    yield SOCKETS[request.param]
    configure(guest, "")


@pytest.fixture
def gdb(guest, vmlinux, line):
    gdb = Gdb(guest, line, symbols=vmlinux)
    yield gdb
    if gdb.process.isalive():
        gdb("delete")
        gdb.quit()
    guest.check("true")


def test_connecting_stops_the_running_kernel(gdb):
    assert re.search(r"0x[0-9a-f]+ in |\w+ \(", gdb.attached), gdb.attached
    assert "shadowCPU" in gdb("info threads")
    assert "kgdb" in gdb("backtrace")


def test_ctrl_c_stops_the_running_kernel(guest, gdb):
    gdb.send("continue")
    guest.check("true")
    assert "SIGTRAP" in gdb.interrupt()


def test_single_steps_lead_on_from_the_call(gdb):
    """gdb's own call stopped the kernel, in what looks at the line: each step is stopped
    with a packet that this code has not seen come and go."""
    places = gdb("python print(len({(gdb.execute('stepi', to_string=True), "
                 "str(gdb.parse_and_eval('$pc')))[1] for _ in range(120)}))")
    assert int(places.split()[-1]) > 40, places


STOP = re.compile(rb"\$[ST][0-9a-f]{2}[^#]*#[0-9a-f]{2}")


def wait_for_stop(session):
    answer = b""
    while not STOP.search(answer):
        more = session.recv(4096)
        assert more, answer
        answer += more


def test_a_ctrl_c_close_behind_a_continue_is_not_lost(guest, line):
    """It comes before the kernel runs, while it leaves the debugger, or just after."""
    with guest.socket(line) as session:
        session.settimeout(120)
        session.sendall(b"$?#3f")
        wait_for_stop(session)
        for turn in range(120):
            session.sendall(b"+$c#63")
            later = time.perf_counter() + turn * 10e-6
            while time.perf_counter() < later:
                pass
            session.sendall(b"\x03")
            wait_for_stop(session)
        session.sendall(b"+$D#44")
        session.recv(1)
        guest.check("true")


def test_memory_is_read_as_it_is(guest, gdb):
    assert "Linux version" in gdb("x/s linux_banner")
    # In pieces of any size the same bytes.
    for size in (1, 511, 512, 4096):
        gdb(f"dump binary memory {guest.folder}/{size} &linux_banner ((char *)&linux_banner)+{size}")
    whole = (Path(guest.folder) / "4096").read_bytes()
    for size in (1, 511, 512):
        assert (Path(guest.folder) / str(size)).read_bytes() == whole[:size]


def test_gdb_scripts_recognise_the_target(gdb):
    # What lx-version and its kind ask: not QEMU, but kgdb.
    assert "Protocol error with Rcmd" in gdb("monitor info version")
    assert "shadowCPU" in gdb("info thread 2")


def test_a_session_keeps_the_line_and_the_module(guest, vmlinux):
    configure(guest, PORT)
    gdb = Gdb(guest, SOCKETS[PORT], symbols=vmlinux)
    gdb.send("continue")
    result = write(guest, UART)
    assert result.status != 0 and "busy" in result.output
    assert guest.run("rmmod kgdboc").status != 0
    gdb.interrupt()
    gdb.quit()
    configure(guest, "")
    guest.check("rmmod kgdboc && insmod /kgdboc.ko")
