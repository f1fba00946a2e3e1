# SPDX-License-Identifier: GPL-2.0
"""Bursts of small writes into a port, and small ones beside long ones."""

import pytest

from harness.bursts import exchange_bursts
from harness.ports import HostEnd, wait_ports

ROUNDS = 4000


@pytest.fixture(scope="module")
def guest(boot):
    return boot("bursts", ["--port", "alpha"])


@pytest.mark.parametrize("most", [2, 40, 400])
def test_the_end_of_a_burst_comes_by_itself(guest, most):
    rounds = ROUNDS if most < 100 else ROUNDS // 8
    node = wait_ports(guest, "alpha")[0]
    host = HostEnd(guest, "alpha")
    exchange_bursts(guest, host, node, rounds, most)
    host.close()
    assert guest.check("cat /sys/class/virtio-ports/*/statistics/tx_rescues") == "0"


def test_small_messages_do_not_get_into_a_long_one(guest, driver):
    """Two processes write to one open port: messages longer than a queue, and small ones."""
    if driver == "in-tree":
        pytest.skip("it sends a long message in pieces of 32 KiB")
    long, rounds, small, count = 700000, 40, 64, 150
    node = wait_ports(guest, "alpha")[0]
    host = HostEnd(guest, "alpha")
    guest.check(f"head -c {long} /dev/zero | tr '\\0' A > /tmp/long; "
                f"head -c {small * count} /dev/zero | tr '\\0' b > /tmp/small")
    guest.run_and_forget(
        f"( exec 3<>{node} 2> /dev/null; "
        f"for n in $(seq {rounds}); do dd if=/tmp/small bs={small} >&3; done & "
        f"for n in $(seq {rounds}); do dd if=/tmp/long bs={long} >&3; done; wait ) &")
    data = host.receive((long + small * count) * rounds)
    host.close()
    runs = [len(run) for run in data.split(b"b") if run]
    assert sum(runs) == long * rounds and data.count(b"b") == small * count * rounds
    assert len(runs) > 1 and not any(run % long for run in runs)
