# SPDX-License-Identifier: GPL-2.0
"""Many ports, all connected before the module loads, and messages that the
device drops: every name and every state comes out right."""

import pytest

from harness.ports import HostEnd, Probe, wait_ports

SERIAL = [f"serial.{n}" for n in range(1, 31)]
MIXED = [f"mixed-console.{n}" for n in range(15)] + [f"mixed-serial.{n}" for n in range(15, 30)]
CROWD = [f"crowd.{n}" for n in range(1, 81)]
FLOOD = [f"flood.{n}" for n in range(1, 21)]


def config(folder):
    """A configuration file for QEMU: hundreds of words are too many for a
    command line that a shell reads. A ring buffer is a host that is always
    connected."""
    lines = []

    def section(kind, name, /, **values):
        lines.append(f'[{kind} "{name}"]')
        lines.extend(f'  {key} = "{value}"' for key, value in values.items())

    def port(kind, bus, name, nr, **chardev):
        section("chardev", f"c-{name}", **chardev)
        section("device", f"d-{name}", driver=kind, bus=f"{bus}.0", chardev=f"c-{name}",
                name=name, nr=nr)

    # More ports than the control queue has buffers are in the crowd.
    for device, ports in (("serial", 31), ("mixed", 31), ("crowd", 128), ("flood", 31)):
        section("device", device, driver="virtio-serial-pci", max_ports=ports)
    ring = {"backend": "ringbuf", "size": 1024}
    for number, name in enumerate(SERIAL, 1):
        port("virtserialport", "serial", name, number, **ring)
    for number, name in enumerate(MIXED):
        kind = "virtconsole" if "console" in name else "virtserialport"
        port(kind, "mixed", name, number, **ring)
    for number, name in enumerate(CROWD, 1):
        port("virtserialport", "crowd", name, number, **ring)
    for number, name in enumerate(FLOOD, 1):
        port("virtserialport", "flood", name, number, backend="socket",
             path=folder / f"{name}.sock", server="on", wait="off")
    file = folder / "ports.conf"
    file.write_text("\n".join(lines) + "\n")
    return file


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("many")


@pytest.fixture(scope="module")
def guest(boot, folder):
    return boot("many", ["-readconfig", str(config(folder))])


def states(guest, names):
    """{name: lines of its debugfs file} of the ports of these names."""
    out = guest.check("cd /sys/kernel/debug/virtio-ports && for f in *; do echo \"node: $f\"; "
                      "cat $f; done")
    found = {}
    for block in out.split("node: ")[1:]:
        keys = dict(line.split(": ", 1) for line in block.splitlines()[1:] if ": " in line)
        keys["node"] = block.split("\n", 1)[0]
        found[keys.get("name", "")] = keys
    return {name: found.get(name) for name in names}


def all_connected(guest, names):
    wait_ports(guest, *names)
    missing = [name for name, keys in states(guest, names).items()
               if not keys or keys["host_connected"] != "1"]
    assert missing == []


@pytest.mark.differs("lost-control", run=False)
def test_thirty_ports_have_their_names_and_states(guest):
    all_connected(guest, SERIAL)


@pytest.mark.differs("lost-control", run=False)
def test_fifteen_consoles_and_fifteen_ports_have_their_names_and_states(guest):
    all_connected(guest, MIXED)
    kinds = {name: keys["is_console"] for name, keys in states(guest, MIXED).items()}
    assert kinds == {name: "yes" if "console" in name else "no" for name in MIXED}
    terms = [int(keys["console_vtermno"]) for name, keys in states(guest, MIXED).items()
             if "console" in name]
    assert sorted(terms) == list(range(1, 16))


@pytest.mark.differs("console-attribute")
def test_a_console_says_which_hvc_line_it_is(guest):
    """The core has eight ttys: the consoles beyond have none, and say so."""
    all_connected(guest, MIXED)
    lines = guest.check("cat /sys/class/virtio-ports/*/console").split()
    assert sorted(lines) == sorted([f"hvc{n}" for n in range(8)] + ["none"] * 7)
    for name, keys in states(guest, MIXED).items():
        path = f"/sys/class/virtio-ports/{keys['node']}/console"
        if keys["is_console"] == "no":
            assert guest.run(f"test -e {path}").status != 0, name
        elif int(keys["console_vtermno"]) <= 8:
            assert guest.check(f"cat {path}") == f"hvc{int(keys['console_vtermno']) - 1}", name


@pytest.mark.differs("lost-control", run=False)
def test_more_ports_than_the_control_queue_holds_are_found(guest):
    all_connected(guest, CROWD)


@pytest.mark.differs("lost-control", run=False)
def test_a_reload_finds_everything_again(guest):
    all_connected(guest, SERIAL + MIXED + CROWD)
    guest.check("rmmod virtio_console && modprobe virtio_console")
    all_connected(guest, SERIAL + MIXED + CROWD)


@pytest.mark.differs("lost-control", run=False)
def test_messages_that_the_device_dropped_are_made_good(guest, folder):
    """While the guest does not run, more happens than fits into the control
    queue: hosts come and go, ports are unplugged and plugged. Nothing is left
    that has gone, nothing is missing, every state is right."""
    wait_ports(guest, *FLOOD)
    guest.qmp.execute("stop")
    # Two rounds of 20 hosts that come and go, then five that stay.
    for _ in range(2):
        for host in [HostEnd(guest, folder / name) for name in FLOOD]:
            host.close()
    stay = [HostEnd(guest, folder / name) for name in FLOOD[10:15]]
    for number in range(1, 6):
        guest.qmp.execute("device_del", id=f"d-flood.{number}")
        guest.qmp.wait("DEVICE_DELETED", device=f"d-flood.{number}")
    for number in range(21, 24):
        guest.qmp.execute("chardev-add", id=f"c-flood.{number}",
                          backend={"type": "ringbuf", "data": {"size": 1024}})
        guest.qmp.execute("device_add", driver="virtserialport", id=f"d-flood.{number}",
                          bus="flood.0", nr=number, chardev=f"c-flood.{number}",
                          name=f"flood.{number}")
    guest.qmp.execute("cont")
    wanted = {name: "1" if 11 <= int(name[6:]) <= 15 or int(name[6:]) > 20 else "0"
              for name in [f"flood.{n}" for n in range(6, 24)]}
    guest.until("test \"$(cat /sys/class/virtio-ports/*/name | grep -c '^flood')\" = 18")
    wait_ports(guest, *wanted)
    guest.until("test \"$(cd /sys/kernel/debug/virtio-ports; grep -l '^name: flood' * | "
                "xargs grep -l '^host_connected: 1' | wc -l)\" = 8")
    assert {name: keys and keys["host_connected"]
            for name, keys in states(guest, wanted).items()} == wanted
    for host in stay:
        host.close()


def test_every_port_writes(guest):
    """A port whose state was lost would block its writer for ever."""
    probe = Probe(guest)
    nodes = wait_ports(guest, *SERIAL)
    for slot, node in enumerate(nodes):
        probe.open(slot, node)
        assert probe("write", slot, "x") == "1"
    for slot, _ in enumerate(nodes):
        assert probe("close", slot) == "0"
