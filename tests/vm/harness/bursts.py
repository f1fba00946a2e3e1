# SPDX-License-Identifier: GPL-2.0
"""Bursts of small writes (tests/guest/bursts.c), each followed by silence: what a
driver lets collect has to go without a later write's help."""

import struct


def exchange_bursts(guest, host, node, rounds, most):
    """Runs the guest's side on a node and answers it; every message came in its
    place. A round that stands still ends in host's time limit."""
    guest.run_and_forget(f"rm -f /tmp/done; bursts {rounds} {most} {node} > /tmp/done 2>&1 &")
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
    assert guest.until("grep . /tmp/done") == f"{messages} messages"
