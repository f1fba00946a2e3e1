# SPDX-License-Identifier: GPL-2.0
"""The parameter of kgdboc at run time: what it takes, what it refuses with which
errno, and that a bad value leaves the line that is in force."""

from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
PARAMETER = "/sys/module/kgdboc/parameters/kgdboc"
NODE = "/dev/virtio-ports/org.kgdb.0"
UART, PORT = "ttyS2,115200", "vport:org.kgdb.0"


@pytest.fixture(scope="module")
def guest(boot, kernel, driver):
    if driver == "in-tree":
        pytest.skip("stock kernels have no kgdboc of their own")
    release = (TOP / "build" / "kernels" / kernel / "release").read_text().strip()
    options = []
    for name, device in (("uart", "isa-serial,irq=10"),
                         ("port", "virtserialport,name=org.kgdb.0")):
        options += ["-chardev", f"socket,id={name},path={{run}}/{name}.sock,server=on,wait=off",
                    "-device", f"{device},chardev={name}"]
    guest = boot("line", ["-device", "virtio-serial-pci", *options],
                 add=[f"{TOP}/build/{release}/kgdboc.ko:/kgdboc.ko"])
    guest.check("insmod /kgdboc.ko")
    return guest


def write(guest, value):
    # dd tells the errno of its write.
    return guest.run(f"printf '%s\\n' '{value}' | dd of={PARAMETER}")


def configure(guest, value):
    result = write(guest, value)
    assert result.status == 0, result.output + guest.run("dmesg | tail -n 5").output


def in_force(guest):
    return guest.check(f"cat {PARAMETER}")


@pytest.mark.parametrize("value, said", [
    ("ttyS", "No such device"), ("nonsense7", "No such device"), ("ttyS31", "No such device"),
    ("vport:no.such.port", "No such device"), ("uart:io,0x5000", "No such device"),
    ("uart:io,nowhere", "Invalid argument"), ("vport:" + "x" * 200, "No space left"),
])
def test_a_bad_value_is_refused_and_the_old_line_stays(guest, value, said):
    configure(guest, UART)
    result = write(guest, value)
    assert result.status != 0 and said in result.output, result.output
    assert in_force(guest) == UART


@pytest.mark.parametrize("value", [UART, PORT, "uart:io,0x3e8,115200"])
def test_a_line_is_taken_up(guest, value):
    configure(guest, value)
    assert in_force(guest) == value
    assert f"gdb over {value}" in guest.check("dmesg | tail -n 3")


def test_an_empty_value_unconfigures(guest):
    configure(guest, UART)
    configure(guest, "")
    assert in_force(guest) == ""


def test_a_port_that_is_open_is_busy(guest):
    configure(guest, UART)
    result = guest.run(f"( printf '%s\\n' '{PORT}' | dd of={PARAMETER} ) 3<> {NODE}")
    assert result.status != 0 and "busy" in result.output, result.output
    assert in_force(guest) == UART


def test_a_claimed_port_is_busy_for_others_and_free_afterwards(guest):
    configure(guest, PORT)
    assert "busy" in guest.run(f"exec 3<> {NODE}").output
    configure(guest, "")
    guest.check(f"exec 3<> {NODE}")


def test_the_module_goes_and_comes_back(guest):
    configure(guest, PORT)
    guest.check("rmmod kgdboc")
    assert guest.run(f"exec 3<> {NODE}").status == 0
    guest.check(f"insmod /kgdboc.ko 'kgdboc={PORT}'")
    assert in_force(guest) == PORT
    configure(guest, "")
