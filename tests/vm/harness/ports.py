# SPDX-License-Identifier: GPL-2.0
"""Both ends of virtio ports: `Probe` makes single system calls in the guest
(tests/guest/portprobe.c), `HostEnd` is the chardev's socket on the host."""

import select
import socket
import time

LIMIT = 120

BLOCKS = [bytes(x ^ base for x in range(256)) for base in range(256)]


def pattern(count, seed, at=0):
    """The test pattern of portprobe: each byte depends on its place and the seed."""
    first, last = at >> 8, (at + count + 255) >> 8
    data = b"".join(BLOCKS[(block ^ block >> 8 ^ seed) & 0xff] for block in range(first, last))
    return data[at & 0xff:(at & 0xff) + count]


class HostEnd:
    """The host's end of a port: a connection to its chardev's socket."""

    def __init__(self, guest, name):
        self._socket = guest.socket(f"{name}.sock")
        self._socket.settimeout(LIMIT)

    def close(self):
        self._socket.close()

    def send(self, data):
        self._socket.sendall(data)

    def send_pattern(self, count, seed):
        for at in range(0, count, 65536):
            self._socket.sendall(pattern(min(65536, count - at), seed, at))

    def receive(self, count):
        """Exactly so many bytes."""
        data = b""
        while len(data) < count:
            more = self._socket.recv(count - len(data))
            assert more, f"the port was closed after {len(data)} of {count} bytes"
            data += more
        return data

    def receive_pattern(self, count, seed, chunk=65536):
        """Receives a pattern and compares it as it comes."""
        for at in range(0, count, chunk):
            size = min(chunk, count - at)
            assert self.receive(size) == pattern(size, seed, at), f"differs behind byte {at}"

    def receive_until_idle(self, quiet=1.0):
        """Everything until nothing has come for a while."""
        data = b""
        while select.select([self._socket], [], [], quiet)[0]:
            more = self._socket.recv(65536)
            if not more:
                break
            data += more
        return data

    def limit_receive_buffer(self, size):
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)


class Probe:
    """System calls in the guest: probe("read", 3, 10) -> "-EAGAIN"."""

    def __init__(self, guest):
        self._guest = guest
        guest.check("portprobe serve")

    def __call__(self, *words, limit=LIMIT):
        line = " ".join(str(word) for word in words)
        return self._guest.check(f"portprobe do '{line}'", timeout=limit)

    def open(self, slot, port, flags="rw"):
        result = self("open", slot, port, flags)
        assert result == "0", f"open {port}: {result}"
        return slot

    def start(self, job, *words):
        """Starts a call in a thread and waits until it sleeps in the kernel."""
        assert self("bg", job, *words) == "started"
        self("asleep", job, LIMIT * 1000)

    def result(self, job, limit=LIMIT):
        return self("wait", job, limit * 1000, limit=2 * limit)

    def is_waiting(self, job):
        return self("wait", job, 0) == "pending"

    def until(self, expected, *words, limit=LIMIT):
        """Repeats a call until it gives a result."""
        deadline = time.monotonic() + limit
        while True:
            result = self(*words)
            if result == expected:
                return
            assert time.monotonic() < deadline, f"{words}: {result}, not {expected}"

    def connected(self, port, yes=True):
        """Waits until the driver knows that the host's end is open, or closed."""
        name = port.rsplit("/", 1)[1]
        wanted = "1" if yes else "0"
        self._guest.until(f"grep -q '^host_connected: {wanted}$' "
                          f"/sys/kernel/debug/virtio-ports/{name}")


def find_ports(guest):
    """Waits for the ports of a guest to be named: {name: "/dev/vportNpM"}."""
    out = guest.check("for d in /sys/class/virtio-ports/*; do "
                      "[ -e \"$d/name\" ] && echo \"${d##*/} $(cat \"$d/name\")\"; done; true")
    return {name: f"/dev/{node}" for node, name in
            (line.split(" ", 1) for line in out.splitlines() if " " in line)}


def wait_ports(guest, *names):
    """Nodes of the ports with these names, in order, as soon as all are there."""
    deadline = time.monotonic() + LIMIT
    while True:
        ports = find_ports(guest)
        if all(name in ports for name in names):
            return [ports[name] for name in names]
        assert time.monotonic() < deadline, f"no {names}, only {ports}"


def exercise(guest, probe, name):
    """A port's life: both directions, more than any ring holds, then its end."""
    node, = wait_ports(guest, name)
    host = HostEnd(guest, name)
    probe.connected(node)
    probe.open(3, node)
    assert probe("bg", 1, "writeall", 3, 700000, 5, 70001) == "started"
    host.receive_pattern(700000, 5)
    assert probe.result(1) == "700000"
    assert probe("bg", 1, "readall", 3, 700000, 6, 30011) == "started"
    host.send_pattern(700000, 6)
    assert probe.result(1) == "700000"
    probe.start(1, "read", 3, 10)
    host.send(b"wake")
    assert probe.result(1) == "4 text:wake"
    probe.start(1, "read", 3, 10)
    host.close()
    assert probe.result(1) == "0"
    assert probe("close", 3) == "0"
    probe.connected(node, False)
