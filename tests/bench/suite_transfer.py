# SPDX-License-Identifier: GPL-2.0
"""A file into a guest and out of it: `portside put` and `get` against what else
there is: cat over a port of the in-tree driver, the QEMU guest agent's file
commands, 9p, and nc over user networking. Every copy is compared by SHA-256,
outside the measured time."""

import base64
import hashlib
import json
import os
import socket
import subprocess
import time

from measure import OURS, THEIRS
from rig import TOP, BenchError, Rig, release_of

PORTSIDE = TOP / "build" / "bin" / "portside"
MB = 1 << 20
CHUNK = 48 << 10    # what the guest agent takes at once
NET_MODULES = ["virtio_net", "9pnet_virtio", "9p"]


def closure(kernel, names):
    """Files of the kernel's modules and of what they need, in loading order."""
    root = TOP / "build" / "kernels" / kernel / "modules"
    needs = {}
    for line in (root / "modules.dep").read_text().splitlines():
        path, rest = line.split(":", 1)
        needs[path] = rest.split()
    order = []
    for name in names:
        wanted = [path for path in needs if path.rpartition("/")[2].split(".")[0] == name]
        if not wanted:
            raise BenchError(f"kernel {release_of(kernel)} has no module {name}")
        for path in [*reversed(needs[wanted[0]]), wanted[0]]:
            if path not in order:
                order.append(path)
    return [root / path for path in order]


class Contest:
    """A method of copying: put(file, name) and get(name, file)."""

    def __init__(self, who, rig):
        self.who, self.guest = who, rig.guest
        self.run = rig.guest.run_folder


class Portside(Contest):
    def call(self, *words):
        result = subprocess.run(
            [str(PORTSIDE), words[0], "--control", f"unix:{self.run}/control.sock", "--data",
             f"unix:{self.run}/data.sock", "-q", "-w", *words[1:]],
            capture_output=True, text=True, timeout=280, check=False)
        if result.returncode:
            raise BenchError(f"portside {words}: {result.returncode}: {result.stderr}")

    def put(self, file, name):
        self.call("put", str(file), name)

    def get(self, name, file):
        self.call("get", name, str(file))


class Cat(Contest):
    """The in-tree driver and nothing else: cat in the guest, a socket on the host."""

    def __init__(self, who, rig):
        super().__init__(who, rig)
        self.node = rig.nodes[0]

    def put(self, file, name):
        # The in-tree driver reads an end of file as long as nobody is connected.
        self.guest.check(f"( until head -c {file.stat().st_size} {self.node} > {name} && "
                         f"[ -s {name} ]; do :; done; echo done > {name}.done ) "
                         "> /dev/null 2>&1 &")
        # The line stays open: QEMU drops what it has not read when a client leaves.
        with open(file, "rb") as source, socket.socket(socket.AF_UNIX) as line:
            line.connect(f"{self.run}/cat.sock")
            line.sendfile(source)
            self.guest.until(f"[ -e {name}.done ]")

    def get(self, name, file):
        size = int(self.guest.check(f"stat -c %s {name}"))
        with open(file, "wb") as output, socket.socket(socket.AF_UNIX) as line:
            line.connect(f"{self.run}/cat.sock")
            self.guest.check(f"cat {name} > {self.node} &")
            left = size
            while left:
                data = line.recv(262144)
                if not data:
                    raise BenchError(f"the line ended {left} bytes too early")
                output.write(data)
                left -= len(data)


class GuestAgent(Contest):
    """guest-file-write and guest-file-read: base64 in JSON."""

    def __init__(self, who, rig):
        super().__init__(who, rig)
        node = self.guest.check("for d in /sys/class/virtio-ports/*; do grep -qx qga $d/name "
                                "2>/dev/null && echo /dev/${d##*/}; done; true")
        self.guest.check("mkdir -p /var/run /run/qga; "
                         f"qemu-ga -d -m virtio-serial -p {node} -t /run/qga -f /run/qga/pid")
        self.line = self.guest.socket("qga.sock").makefile("rwb")
        self.ask("guest-ping")

    def ask(self, command, **arguments):
        self.line.write(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        self.line.flush()
        answer = json.loads(self.line.readline())
        if "return" not in answer:
            raise BenchError(f"qemu-ga: {command}: {answer}")
        return answer["return"]

    def put(self, file, name):
        handle = self.ask("guest-file-open", path=name, mode="w")
        with open(file, "rb") as source:
            while chunk := source.read(CHUNK):
                self.ask("guest-file-write", handle=handle,
                         **{"buf-b64": base64.b64encode(chunk).decode()})
        self.ask("guest-file-close", handle=handle)

    def get(self, name, file):
        handle = self.ask("guest-file-open", path=name, mode="r")
        with open(file, "wb") as target:
            while True:
                answer = self.ask("guest-file-read", handle=handle, count=CHUNK)
                target.write(base64.b64decode(answer["buf-b64"]))
                if answer["eof"]:
                    break
        self.ask("guest-file-close", handle=handle)


class NineP(Contest):
    def __init__(self, who, rig):
        super().__init__(who, rig)
        self.guest.check("mkdir -p /mnt && mount -t 9p -o trans=virtio,version=9p2000.L,"
                         "msize=524288 share /mnt")
        self.share = self.guest.folder / "share"

    def put(self, file, name):
        (self.share / "in").unlink(missing_ok=True)
        os.link(file, self.share / "in")
        self.guest.check(f"cat /mnt/in > {name}")

    def get(self, name, file):
        self.guest.check(f"cat {name} > /mnt/out")
        os.replace(self.share / "out", file)


class Network(Contest):
    """nc in the guest, socat on the host, QEMU's user networking in between."""

    def __init__(self, who, rig):
        super().__init__(who, rig)
        self.guest.check("ip link set eth0 up && ip addr add 10.0.2.15/24 dev eth0")

    def serve(self, *addresses):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        words = [word.format(port=port) for word in addresses]
        process = subprocess.Popen(["socat", "-u", "-b", "262144", *words])
        return port, process

    def put(self, file, name):
        port, process = self.serve(f"OPEN:{file}", "TCP-LISTEN:{port},bind=127.0.0.1")
        self.guest.check(f"until nc 10.0.2.2 {port} < /dev/null > {name} && [ -s {name} ]; "
                         "do :; done")
        process.wait(60)

    def get(self, name, file):
        port, process = self.serve("TCP-LISTEN:{port},bind=127.0.0.1",
                                   f"OPEN:{file},creat,trunc")
        self.guest.check(f"until nc 10.0.2.2 {port} < {name}; do :; done")
        process.wait(60)


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def measure(table, contest, source, copy, size):
    """One put and one get, both compared."""
    name = "/tmp/bench-file"
    contest.guest.check(f"rm -f {name} {name}.done")
    started = time.monotonic()
    contest.put(source, name)
    took = {"put": time.monotonic() - started}
    wanted = digest(source)
    got = contest.guest.check(f"sha256sum {name}").split()[0]
    if got != wanted:
        raise BenchError(f"{contest.who}: the guest's copy differs")
    copy.unlink(missing_ok=True)
    started = time.monotonic()
    contest.get(name, copy)
    took["get"] = time.monotonic() - started
    if digest(copy) != wanted:
        raise BenchError(f"{contest.who}: the host's copy differs")
    for way, seconds in took.items():
        table.row(f"transfer {way} {size // MB} MiB", "MB/s", aim=1, group="transfer").add(
            contest.who, size / 1e6 / seconds)


def ours_options():
    return ["-chardev", "socket,id=qga,path={run}/qga.sock,server=on,wait=off",
            "-device", "virtserialport,bus=portside-serial.0,chardev=qga,name=qga",
            "-fsdev", "local,id=share,path={run}/../share,security_model=none",
            "-device", "virtio-9p-pci,fsdev=share,mount_tag=share",
            "-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile="]


def run(table, kernel, rounds, quick):
    if not table.wanted("transfer"):
        return
    size = 16 * MB
    modules = closure(kernel, NET_MODULES)
    add = [f"{path}:/usr/lib/bench/{path.name}" for path in modules] + ["/usr/sbin/qemu-ga"]
    ours = Rig("transfer-ours", kernel, agent=True, options=ours_options(), add=add, memory="768M",
               devices="mdev")
    (ours.guest.folder / "share").mkdir()
    theirs = Rig("transfer-in-tree", kernel, ports=["cat"], memory="768M", ends=False)
    with ours, theirs:
        theirs.use(THEIRS)
        for path in modules:
            loaded = path.name.split(".")[0].replace("-", "_")
            ours.guest.check(f"[ -d /sys/module/{loaded} ] || insmod /usr/lib/bench/{path.name}")
        contests = [Portside(OURS, ours), Cat(THEIRS, theirs),
                    GuestAgent("qemu-guest-agent", ours), NineP("9p", ours),
                    Network("user networking", ours)]
        source, copy = ours.guest.folder / "source", ours.guest.folder / "copy"
        source.write_bytes(os.urandom(size))
        for index in range(min(rounds, 3)):
            for contest in contests if index % 2 == 0 else reversed(contests):
                measure(table, contest, source, copy, size)
