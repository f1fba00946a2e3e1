# SPDX-License-Identifier: GPL-2.0
"""/dev/virtio-ports inside a guest: the table of vectors by every engine, each
name plugged into a running guest, seen, and unplugged."""

import pytest

from harness import vectors

# Engine, and the rules of udev that are put out of the way.
ENGINES = {
    "udevd": ("udev", "50-udev-default"),
    "udevd-own-rule": ("udev", "60-portside"),
    "plug": ("minimal", None),
    "mdev": ("minimal", None),
    "uevent": ("minimal", None),
}
PORTS_A_DEVICE = 30

# Over QMP a host can only say UTF-8.
ROWS = [v for v in vectors.read() if v.name is None or vectors.is_utf8(v.name)]
SINGLE = [v for v in ROWS if v.set is None]
SETS = {v.set: [w for w in ROWS if w.set == v.set] for v in ROWS if v.set}


class Ports:
    """Ports that are plugged and unplugged over QMP."""

    def __init__(self, guest, paced):
        self.guest = guest
        self.paced = paced
        self.free = [f"vport{device}p{number}" for device in range(2)
                     for number in range(1, PORTS_A_DEVICE + 1)]
        self.plugged = []
        self.barriers = 0

    def plug(self, *names):
        """Plugs ports and waits until the driver has them; their nodes."""
        nodes = []
        for name in names:
            node = self.free.pop(0)
            device, number = node[len("vport"):].split("p")
            self.guest.qmp.execute("chardev-add", id=f"c-{node}",
                                   backend={"type": "null", "data": {}})
            wanted = {} if name is None else {"name": name.decode()}
            self.guest.qmp.execute("device_add", driver="virtserialport", id=f"d-{node}", **wanted,
                                   bus=f"serial{device}.0", nr=int(number), chardev=f"c-{node}")
            self.plugged.append(node)
            nodes.append(node)
            # The in-tree driver loses messages that come in a flood.
            if self.paced:
                self.wait_for(names[-1:], [node])
        self.wait_for(names, nodes)
        return nodes

    def wait_for(self, names, nodes):
        files = [f"{node}/{'dev' if name is None else 'name'}" for name, node in zip(names, nodes)]
        self.guest.until(f"cd /sys/class/virtio-ports && ls {' '.join(files)} > /dev/null")

    def unplug(self, *nodes):
        for node in nodes:
            self.guest.qmp.execute("device_del", id=f"d-{node}")
            self.guest.qmp.wait("DEVICE_DELETED", device=f"d-{node}")
            self.guest.qmp.execute("chardev-remove", id=f"c-{node}")
            self.plugged.remove(node)
            self.free.append(node)
        self.guest.until("cd /sys/class/virtio-ports && "
                         f"! ls -d {' '.join(nodes)} 2> /dev/null | grep -q .")

    def settle(self):
        """Waits until the device manager has served every event so far: they
        come in order, so the link of one more port is the last."""
        self.barriers += 1
        self.plug(f"barrier-{self.barriers}".encode())
        self.guest.until(f"test -e /dev/virtio-ports/barrier-{self.barriers}")
        if self.guest.run("test -x /usr/bin/udevadm").status == 0:
            self.guest.check("udevadm settle")

    def clear(self):
        """Unplugs everything; the links go as well."""
        if self.plugged:
            self.unplug(*self.plugged)
        self.guest.until("test -z \"$(find /dev/virtio-ports -mindepth 1)\"")

    def links(self):
        """{link: node} of what is below /dev/virtio-ports, links as bytes."""
        output = self.guest.check(
            "cd /dev/virtio-ports 2> /dev/null || exit 0; find . -type l | while IFS= read -r l; do "
            "printf '%s %s\\n' \"$(readlink -f \"$l\")\" \"${l#./}\" | "
            "od -A n -v -t x1 | tr -d ' \\n'; echo; done")
        pairs = (bytes.fromhex(line).rstrip(b"\n").split(b" ", 1)
                 for line in output.split())
        return {link: node.decode().removeprefix("/dev/") for node, link in pairs
                if not link.startswith(b"barrier-")}


@pytest.fixture(scope="module", params=list(ENGINES))
def engine(request):
    return request.param


@pytest.fixture(scope="module")
def machine(boot, engine, driver):
    profile, masked = ENGINES[engine]
    devices = []
    for device in range(2):
        devices += ["-device", f"virtio-serial-pci,id=serial{device},max_ports=31"]
    guest = boot(engine, devices, profile=profile,
                 append="" if profile == "udev" else f"portside.devices={engine}")
    if masked:
        guest.check("mkdir -p /run/udev/rules.d; "
                    f"ln -s /dev/null /run/udev/rules.d/{masked}.rules; udevadm control --reload")
    return Ports(guest, paced=driver == "in-tree")


@pytest.fixture
def ports(machine):
    """The machine's ports; none is left behind by a test, and no link."""
    yield machine
    machine.clear()


@pytest.fixture(scope="module")
def wanted(engine):
    """The column of the table that counts for this engine."""
    return (lambda v: v.systemd) if engine == "udevd-own-rule" else (lambda v: v.link)


@pytest.mark.parametrize("start", range(0, len(SINGLE), PORTS_A_DEVICE))
def test_every_name_of_the_table_makes_its_link(ports, wanted, start):
    batch = SINGLE[start:start + PORTS_A_DEVICE]
    nodes = ports.plug(*[vector.name for vector in batch])
    ports.settle()
    assert ports.links() == {
        wanted(vector): node for vector, node in zip(batch, nodes) if wanted(vector)}


@pytest.mark.parametrize("name", SETS)
def test_of_names_with_one_link_the_latest_holds_it_and_the_others_inherit(ports, name):
    rows = SETS[name]
    nodes = []
    for vector in rows:
        # udevd serves ports side by side: one after the other, or any may win.
        nodes += ports.plug(vector.name)
        ports.settle()
    while nodes:
        assert ports.links() == {rows[0].link: nodes[-1]}
        ports.unplug(nodes.pop())
        ports.settle()
    assert ports.links() == {}


def test_a_port_is_root_s_alone(ports):
    node, = ports.plug(b"private")
    ports.settle()
    assert ports.guest.check(f"stat -c '%a %u %g' /dev/{node}") == "600 0 0"


def test_nothing_outside_the_folder_is_touched(ports):
    look = ("cd /dev; for f in $(ls | grep -v vport) /etc/passwd; do "
            "stat -c '%n %F %i %a %t:%T' $f; done")
    ports.settle()
    before = ports.guest.check(look)
    ports.plug(b"../null", b"../../etc/passwd", b"/../zero", b"..")
    ports.settle()
    assert ports.guest.check(look) == before


def test_the_rest_of_dev_keeps_its_modes(ports):
    assert ports.guest.check("stat -c %a /dev/null /dev/zero /dev/urandom").split() == ["666"] * 3
