# SPDX-License-Identifier: GPL-2.0
"""Ports over every kind of ring and transport, several devices in one guest;
and the N of vportNpM, which counts virtio devices of all kinds."""

import pytest

from harness.ports import HostEnd, Probe, exercise, wait_ports

# Name of a port: options of its virtio-serial-pci device.
PCI = {
    "modern": "disable-legacy=on",
    "legacy": "disable-legacy=off,disable-modern=on",
    "packed": "packed=on",
    "packed-bare": "packed=on,event_idx=off,indirect_desc=off",
    "no-event-idx": "event_idx=off",
    "no-indirect": "indirect_desc=off",
    "two-vectors": "vectors=2",
    "many-vectors": "vectors=12,max_ports=4",
    "no-vectors": "vectors=0",
    "no-queue-reset": "queue_reset=off",
    "many-ports": "max_ports=500",
}
FIRST_SLOT = 8


def socket_port(name, bus, more=""):
    return ["-chardev", f"socket,id=c-{name},path={{run}}/{name}.sock,server=on,wait=off",
            "-device", f"virtserialport,bus={bus}.0,chardev=c-{name},name={name}{more}"]


@pytest.fixture(scope="module")
def guest(boot):
    options = ["-device", f"virtio-rng-pci,addr={FIRST_SLOT:#x}"]
    for number, (name, variant) in enumerate(PCI.items(), FIRST_SLOT + 1):
        options += ["-device", f"virtio-serial-pci,id=d-{name},addr={number:#x},{variant}"]
        # A port with a number of its own, as far from the others as it goes.
        options += socket_port(name, f"d-{name}", ",nr=499" if name == "many-ports" else "")
    slot = FIRST_SLOT + 1 + len(PCI)
    options += ["-device", f"virtio-rng-pci,addr={slot:#x}",
                "-device", f"virtio-serial-pci,id=single,addr={slot + 1:#x},max_ports=1",
                "-chardev", "socket,id=c-single,path={run}/single.sock,server=on,wait=off",
                "-device", "virtconsole,bus=single.0,chardev=c-single"]
    return boot("pci", options, append="portside.getty=ttyS0")  # no login on hvc0


@pytest.fixture(scope="module")
def probe(guest):
    return Probe(guest)


@pytest.mark.parametrize("name", PCI)
def test_a_port_works_over_every_ring(guest, probe, name):
    exercise(guest, probe, name)


def test_a_lost_interrupt_was_never_needed(guest, driver):
    """Nothing was rescued by a timer: each waiter was woken."""
    if driver == "in-tree":
        pytest.skip("the in-tree driver does not count")
    rescues = guest.check("cat /sys/class/virtio-ports/*/statistics/*_rescues").split()
    assert set(rescues) == {"0"}


def test_a_device_without_multiport_is_a_console(guest):
    """Named by nobody, there at once, and it speaks both ways."""
    guest.until("test -c /dev/hvc0")
    port = f"vport{len(PCI) + 2}p0"
    assert guest.run(f"test -e /sys/class/virtio-ports/{port}/name").status != 0
    state = guest.check(f"cat /sys/kernel/debug/virtio-ports/{port}")
    assert "is_console: yes" in state and "console_vtermno: 1" in state
    host = HostEnd(guest, "single")
    # One open for all: the last close forgets the terminal's mode.
    guest.check("(stty raw -echo; printf from-the-guest >&3; head -c 13 > /tmp/heard) "
                "< /dev/hvc0 3> /dev/hvc0 2> /dev/null &")
    assert host.receive(14) == b"from-the-guest"
    host.send(b"from-the-host")
    guest.until("test \"$(cat /tmp/heard)\" = from-the-host")
    host.close()


def test_the_number_of_a_port_s_device_counts_all_virtio_devices(guest):
    """In the order of the PCI slots; the random number generators count, and
    the number of the port is QEMU's nr."""
    nodes = dict(zip(PCI, wait_ports(guest, *PCI)))
    for index, name in enumerate(PCI, 1):
        port = 499 if name == "many-ports" else 1
        assert nodes[name] == f"/dev/vport{index}p{port}", name
    assert guest.run(f"test -c /dev/vport{len(PCI) + 2}p0").status == 0


@pytest.mark.differs("lean-ports")
def test_a_closed_port_gives_its_pages_back(guest, probe):
    """Buffers are posted while a port is open; when it has been closed for a
    while, its ring is empty again. And it still works."""
    node, = wait_ports(guest, "modern")
    posted = f"/sys/class/virtio-ports/{node[5:]}/statistics/rx_posted"
    probe.open(3, node)
    assert int(guest.check(f"cat {posted}")) >= 16
    assert probe("close", 3) == "0"
    guest.until(f"test $(cat {posted}) = 0")
    exercise(guest, probe, "modern")


@pytest.fixture(scope="module")
def microvm(boot):
    return boot("microvm", ["--machine", "microvm", "-device", "virtio-serial-device,id=mmio",
                            *socket_port("mmio", "mmio")])


def test_a_port_works_over_mmio(microvm):
    exercise(microvm, Probe(microvm), "mmio")
