# SPDX-License-Identifier: GPL-2.0
"""Ports and whole devices that come and go while files are open and threads
wait on them; the driver unbound and reloaded under load."""

import pytest

from harness.ports import HostEnd, Probe, pattern, wait_ports

READER, WRITER, POLLER, OTHER = 1, 2, 3, 4
SLOT = 3


class Plugs:
    """Devices and ports plugged over QMP."""

    def __init__(self, guest):
        self.guest = guest

    def device(self, name):
        self.guest.qmp.execute("device_add", driver="virtio-serial-pci", id=name, bus="pci.0")

    def port(self, device, name, nr, kind="virtserialport"):
        """A port on a socket; its node as soon as the driver has it."""
        self.guest.qmp.execute("chardev-add", id=f"c-{name}", backend={
            "type": "socket", "data": {
                "server": True, "wait": False,
                "addr": {"type": "unix",
                         "data": {"path": str(self.guest.run_folder / f"{name}.sock")}}}})
        self.guest.qmp.execute("device_add", driver=kind, id=f"d-{name}", bus=f"{device}.0",
                               chardev=f"c-{name}", name=name, nr=nr)
        node, = wait_ports(self.guest, name)
        return node

    def remove_port(self, name):
        self.guest.qmp.execute("device_del", id=f"d-{name}")
        self.guest.qmp.wait("DEVICE_DELETED", device=f"d-{name}")
        self.remove_chardev(name)

    def remove_chardev(self, name):
        self.guest.qmp.execute("chardev-remove", id=f"c-{name}")

    def remove_device(self, device):
        self.guest.qmp.execute("device_del", id=device)
        self.guest.qmp.wait("DEVICE_DELETED", device=device)


@pytest.fixture(scope="module")
def guest(boot):
    # No login on a console that a test writes to.
    return boot("hotplug", ["--machine", "pc", "-device", "virtio-serial-pci,id=fixed"],
                append="portside.getty=ttyS0")


@pytest.fixture(scope="module")
def probe(guest):
    return Probe(guest)


@pytest.fixture(scope="module")
def plugs(guest):
    return Plugs(guest)


@pytest.fixture(autouse=True)
def tidy(probe):
    yield
    probe("cancel")
    probe("close", SLOT)


def occupy(guest, probe, node, name):
    """Opens a port and lets a reader, a writer, a poller and a SIGIO handler
    wait on it; the host's end, which does not read."""
    host = HostEnd(guest, name)
    probe.connected(node)
    probe.open(SLOT, node)
    assert probe("sigio", SLOT) == "0"
    probe.start(READER, "read", SLOT, 100)
    probe.start(WRITER, "writeall", SLOT, 1 << 28, 1, 4096)
    probe.until("none", "poll", SLOT, 500, "o")
    probe.start(POLLER, "poll", SLOT, 600000, "i")
    for job in (READER, WRITER, POLLER):
        assert probe.is_waiting(job)
    return host


def everyone_learns_that_it_has_gone(probe):
    assert probe.result(READER) == "-ENODEV"
    assert probe.result(WRITER).endswith(" -ENODEV")
    assert probe.result(POLLER) == "HUP"
    assert int(probe("sigwait", 1, 60000)) >= 1
    assert probe("read", SLOT, 10) == "-ENODEV"
    assert probe("write", SLOT, "x") == "-ENODEV"
    assert probe("poll", SLOT, 0) == "HUP"
    assert probe("close", SLOT) == "0"


def works(guest, probe, node, name):
    host = HostEnd(guest, name)
    probe.connected(node)
    probe.open(SLOT, node)
    assert probe("write", SLOT, "out") == "3"
    assert host.receive(3) == b"out"
    host.send(b"in")
    probe.start(OTHER, "read", SLOT, 10)
    assert probe.result(OTHER) == "2 text:in"
    assert probe("close", SLOT) == "0"
    host.close()
    probe.connected(node, False)


def test_unplugging_a_port_ends_every_wait_on_it(guest, probe, plugs):
    node = plugs.port("fixed", "leaving", 3)
    host = occupy(guest, probe, node, "leaving")
    plugs.remove_port("leaving")
    everyone_learns_that_it_has_gone(probe)
    guest.until(f"test ! -e {node} -a ! -e /sys/class/virtio-ports/{node[5:]} "
                f"-a ! -e /sys/kernel/debug/virtio-ports/{node[5:]}")
    host.close()


def test_a_port_that_comes_back_has_its_old_node_and_works(guest, probe, plugs):
    before = plugs.port("fixed", "again", 4)
    works(guest, probe, before, "again")
    plugs.remove_port("again")
    guest.until(f"test ! -e {before}")
    after = plugs.port("fixed", "again", 4)
    assert after == before
    works(guest, probe, after, "again")
    plugs.remove_port("again")


def test_a_file_of_the_old_port_does_not_reach_the_new_one(guest, probe, plugs):
    """Unplugged and plugged under the same number while the file is open."""
    plugs.port("fixed", "old", 5)
    node, = wait_ports(guest, "old")
    probe.open(SLOT, node)
    plugs.remove_port("old")
    guest.until(f"test ! -e /sys/class/virtio-ports/{node[5:]}")
    assert plugs.port("fixed", "new", 5) == node
    host = HostEnd(guest, "new")
    probe.connected(node)
    assert probe("write", SLOT, "x") == "-ENODEV"
    assert probe("read", SLOT, 1) == "-ENODEV"
    probe.open(SLOT + 1, node)
    assert probe("close", SLOT) == "0"
    # The old file's close is not the new port's.
    assert probe("write", SLOT + 1, "mine") == "4"
    assert host.receive(4) == b"mine"
    assert probe("close", SLOT + 1) == "0"
    host.close()
    plugs.remove_port("new")


def test_unplugging_the_device_ends_every_wait_on_it(guest, probe, plugs):
    plugs.device("whole")
    node = plugs.port("whole", "first", 1)
    plugs.port("whole", "second", 2)
    host = occupy(guest, probe, node, "first")
    plugs.remove_device("whole")
    everyone_learns_that_it_has_gone(probe)
    guest.until(f"test ! -e {node}")
    host.close()
    for name in ("first", "second"):
        plugs.remove_chardev(name)


def test_unplugging_a_console_hangs_its_tty_up(guest, plugs):
    plugs.device("consoles")
    plugs.port("consoles", "tty", 0, "virtconsole")
    guest.until("true < /dev/hvc0")
    guest.check("(cat /dev/hvc0; echo ended) > /tmp/hung-up 2>&1 & true")
    guest.until("grep -q '^guest_connected: 1' /sys/kernel/debug/virtio-ports/*p0 && "
                "ls -l /proc/[0-9]*/fd 2> /dev/null | grep -q /dev/hvc0")
    plugs.remove_device("consoles")
    guest.until("grep -q ended /tmp/hung-up")
    guest.until("! true < /dev/hvc0")
    plugs.remove_chardev("tty")
    # The line is free for the next console.
    plugs.device("consoles")
    node = plugs.port("consoles", "tty", 0, "virtconsole")
    host = HostEnd(guest, "tty")
    guest.until("stty raw -echo < /dev/hvc0")
    guest.check("printf hello > /dev/hvc0")
    assert host.receive(5) == b"hello"
    host.close()
    assert "console_vtermno: 1" in guest.check(f"cat /sys/kernel/debug/virtio-ports/{node[5:]}")
    plugs.remove_device("consoles")
    plugs.remove_chardev("tty")


def test_unplugging_in_the_middle_of_a_stream(guest, probe, plugs):
    """Both directions are busy when the port goes, several times over."""
    for turn in range(6):
        node = plugs.port("fixed", "stream", 6)
        host = HostEnd(guest, "stream")
        probe.connected(node)
        probe.open(SLOT, node)
        assert probe("bg", WRITER, "writeall", SLOT, 1 << 30, turn, 5000) == "started"
        assert probe("bg", READER, "readall", SLOT, 1 << 30, turn, 3000) == "started"
        host.send(pattern(300000, turn))
        host.receive_pattern(400000 + 50000 * turn, turn)
        plugs.remove_port("stream")
        count, error = probe.result(WRITER).split()
        assert int(count) >= 400000 and error == "-ENODEV"
        assert probe.result(READER).isdigit()
        assert probe("close", SLOT) == "0"
        host.close()
        guest.until(f"test ! -e {node}")


def test_a_driver_with_open_files_is_not_unloaded(guest, probe, plugs):
    node = plugs.port("fixed", "held", 7)
    probe.open(SLOT, node)
    assert guest.run("rmmod virtio_console").status != 0
    assert probe("close", SLOT) == "0"
    plugs.remove_port("held")


def test_unbinding_the_driver_ends_every_wait_and_binding_brings_the_port_back(
        guest, probe, plugs):
    node = plugs.port("fixed", "bound", 8)
    host = occupy(guest, probe, node, "bound")
    device = node[len("/dev/vport"):].split("p")[0]
    driver = "/sys/bus/virtio/drivers/virtio_console"
    guest.check(f"echo virtio{device} > {driver}/unbind")
    everyone_learns_that_it_has_gone(probe)
    guest.check(f"echo virtio{device} > {driver}/bind")
    assert wait_ports(guest, "bound") == [node]
    host.close()
    probe.connected(node, False)
    works(guest, probe, node, "bound")
    plugs.remove_port("bound")


def test_the_module_goes_and_comes_while_the_host_sends(guest, probe, plugs):
    """Ten loads and unloads, each with data on its way in both directions."""
    node = plugs.port("fixed", "busy", 9)
    host = HostEnd(guest, "busy")
    for turn in range(5):
        wait_ports(guest, "busy")
        probe.connected(node)
        probe.open(SLOT, node)
        host.send(b"x" * 20000)
        assert probe("writeonce", SLOT, 30000, turn) == "30000"
        assert probe("close", SLOT) == "0"
        guest.check("rmmod virtio_console && modprobe virtio_console")
    wait_ports(guest, "busy")
    probe.connected(node)
    host.close()
    probe.connected(node, False)
    works(guest, probe, node, "busy")
    plugs.remove_port("busy")


def test_the_module_can_be_unloaded_after_all_that(guest):
    guest.check("rmmod virtio_console")
    assert guest.run("test -e /sys/class/virtio-ports").status != 0
    assert guest.run("test -e /sys/kernel/debug/virtio-ports").status != 0
    guest.check("modprobe virtio_console")
