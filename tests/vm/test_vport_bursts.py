# SPDX-License-Identifier: GPL-2.0
"""Bursts of small writes, each followed by silence: what a driver lets collect
has to go without a later write's help."""

import struct

import pytest

from harness.ports import HostEnd, wait_ports

ROUNDS = 4000


@pytest.fixture(scope="module")
def guest(boot):
    return boot("bursts", ["--port", "alpha"])


def answer_bursts(host, rounds):
    """The peer of tests/guest/bursts.c; how many messages came."""
    messages = 0
    for this in range(rounds):
        number, count = 0, 1
        while number < count:
            *words, check = struct.unpack("<4I", host.receive(16))
            count = words[2]
            assert words[:2] == [this, number] and check == ~sum(words) & 0xffffffff
            number += 1
        messages += count
        host.send(b".")
    return messages


@pytest.mark.parametrize("most", [2, 40, 400])
def test_the_end_of_a_burst_comes_by_itself(guest, most):
    rounds = ROUNDS if most < 100 else ROUNDS // 8
    node = wait_ports(guest, "alpha")[0]
    host = HostEnd(guest, "alpha")
    guest.run_and_forget(f"rm -f /tmp/done; bursts {rounds} {most} {node} > /tmp/done 2>&1 &")
    messages = answer_bursts(host, rounds)
    assert guest.until("grep . /tmp/done") == f"{messages} messages"
    host.close()
    assert guest.check("cat /sys/class/virtio-ports/*/statistics/tx_rescues") == "0"
