# SPDX-License-Identifier: GPL-2.0
"""Ports that close together give their pages back together, each by a reset of
its queue, and the queues of a device are selected in one register."""

import pytest

from harness.ports import Probe, exercise, wait_ports

NAMES = [f"trim.{number}" for number in range(28)]


@pytest.fixture(scope="module")
def guest(boot):
    return boot("trim", [word for name in NAMES for word in ("--port", name)])


@pytest.mark.differs("lean-ports")
def test_ports_that_close_together_work_when_they_open_again(guest):
    probe = Probe(guest)
    nodes = wait_ports(guest, *NAMES)
    guest.check("mkfifo /tmp/go")
    for first in range(0, len(nodes), 7):  # a shell has file descriptors 3 to 9
        opened = " ".join(f"{number}<>{node}"
                          for number, node in enumerate(nodes[first:first + 7], 3))
        guest.run_and_forget(f"sh -c 'exec {opened}; read word < /tmp/go' &")
    for node in nodes:
        guest.until(f"grep -q 'guest_connected: 1' /sys/kernel/debug/virtio-ports/{node[5:]}")
    guest.check(": > /tmp/go")
    for node in nodes:
        guest.until(f"test $(cat /sys/class/virtio-ports/{node[5:]}/statistics/rx_posted) = 0")
    for name in NAMES:
        exercise(guest, probe, name)
