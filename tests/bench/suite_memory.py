# SPDX-License-Identifier: GPL-2.0
"""Memory of closed and open ports beside their rings, and how loading grows with
their number."""

from measure import OURS, THEIRS
from rig import Rig, turns

COUNTS = (1, 31, 127, 510)     # QEMU has 511 at most, and keeps one for a console
AIM_CLOSED = 50
QUEUES_OF_A_PORT, RING_KIB = 2, 8    # of 128 descriptors, in whole pages


def free_kib(guest):
    """Free memory, after what is only cached has been dropped and what is freed
    late has been freed: when three readings in a row are alike."""
    readings = []
    while len(readings) < 3 or max(readings[-3:]) - min(readings[-3:]) > 64:
        readings.append(int(guest.check("sync; echo 3 > /proc/sys/vm/drop_caches; "
                                        "awk '/^MemFree:/ {print $2}' /proc/meminfo")))
    return readings[-1]


def wait_ports(guest, count):
    """Waits for the last port's node; the nodes that there are. The in-tree
    driver never makes some of them: control messages of many ports get lost."""
    guest.until("now=$(ls /sys/class/virtio-ports 2>/dev/null | wc -l); "
                "before=$(cat /tmp/ports 2>/dev/null); "
                f"[ $now -ge {count} ] || [ $now -gt 0 -a $now = \"$before\" ] "
                "|| { echo $now > /tmp/ports; sync; false; }")
    guest.check("rm -f /tmp/ports")
    return guest.check("ls /sys/class/virtio-ports").split()


def count_options(count):
    options = []
    for index in range(count):
        options += ["-chardev", f"null,id=n{index}", "-device",
                    f"virtserialport,bus=bench.0,chardev=n{index},name=n{index}"]
    return options


def run_count(table, kernel, rounds, count):
    label = f"{count} port{'s' if count > 1 else ''}"
    with Rig(f"memory-{count}", kernel, memory="1G", options=[
            "-device", f"virtio-serial-pci,id=bench,max_ports={count + 1}",
            *count_options(count)]) as rig:
        rig.guest.check("rmmod virtio_console")
        for who in (OURS, THEIRS):      # what only the first load costs
            rig.use(who)
            wait_ports(rig.guest, count)
            rig.guest.check("rmmod virtio_console")
        for _, who in turns(rounds):
            rig.guest.check("rmmod virtio_console 2>/dev/null; true")
            before = free_kib(rig.guest)
            seconds = rig.use(who)
            nodes = wait_ports(rig.guest, count)
            closed = free_kib(rig.guest)
            rig.guest.check("portload hold " + " ".join(f"/dev/{node}" for node in nodes) +
                            " > /tmp/held 2>&1 & echo $! > /tmp/holder")
            rig.guest.until("grep -q holding /tmp/held")
            opened = free_kib(rig.guest)
            rig.guest.check("kill $(cat /tmp/holder); rm -f /tmp/held")
            table.row(f"memory load {label}", "s", higher=False, group="ports").add(who, seconds)
            table.row(f"memory ports found of {count}", "ports", group="ports", aim=1).add(
                who, len(nodes))
            if count >= 31:
                # Every driver has to set up all rings of the device beforehand.
                rings = QUEUES_OF_A_PORT * (count + 1) * RING_KIB
                closed, opened = before - closed - rings, before - opened - rings
                table.row(f"memory closed port ({label})", "KiB", higher=False,
                          aim=AIM_CLOSED, group="memory").add(who, closed / len(nodes))
                table.row(f"memory open port ({label})", "KiB", higher=False, aim=1,
                          group="memory").add(who, opened / len(nodes))


def run(table, kernel, rounds, quick):
    for count in COUNTS[:3] if quick else COUNTS:
        if table.wanted(f"memory {count} ports"):
            run_count(table, kernel, 1 if quick else min(rounds, 3), count)
