# SPDX-License-Identifier: GPL-2.0
"""virtio ports: throughput each way, round trips, what it costs the guest."""

from rig import Rig, turns

MB = 1 << 20
SIZES = {64: "64 B", 512: "512 B", 4096: "4 KiB", 32768: "32 KiB", 262144: "256 KiB",
         MB: "1 MiB"}
WRITE_AIMS = {64: 5, 512: 5, 4096: 2, 32768: 1.5, 262144: 1.5, MB: 1.5}
READ_AIMS = {64: 1, 512: 1, 4096: 1.2, 32768: 1.2, 262144: 1.2, MB: 1.2}
# Bytes of a run: about half a second with the in-tree driver.
TOTALS = {"write": {64: 6 * MB, 512: 24 * MB, 4096: 96 * MB}, "read": {64: 8 * MB, 512: 32 * MB,
                                                                       4096: 96 * MB}}
LARGE = {"write": 192 * MB, "read": 128 * MB}
PORTS = ["bench.a", "bench.b", "bench.c", "bench.d"]


def total_of(way, size):
    return TOTALS[way].get(size, LARGE[way])


def cases():
    """(key, way, size, number of lines, aim)"""
    for way, aims in (("write", WRITE_AIMS), ("read", READ_AIMS)):
        for size, name in SIZES.items():
            yield f"vport {way} {name}", way, size, 1, aims[size]
        for size in (64, 4096, 65536):
            name = SIZES.get(size, "64 KiB")
            yield f"vport {way} {name} x4", way, size, 4, 1


def note_stream(table, key, who, figures, aim, cpu_aim, counts=True):
    megabytes = figures["bytes"] / 1e6
    table.row(key, "MB/s", aim=aim, group="throughput").add(who, megabytes / figures["seconds"])
    table.row(key + ": CPU", "s/GB", higher=False, aim=cpu_aim, group="cpu").add(
        who, figures["cpu"] / megabytes * 1e3)
    if counts:
        table.row(key + ": interrupts", "/MB", higher=False, group="interrupts").add(
            who, figures["interrupts"] / megabytes)


def kick_count(rig, *arguments):
    """How often QEMU saw a queue's notification during a run; those that come before it
    has looked are one. (A kprobe in the guest would count each, but under TCG every few
    hundredth one that is set ends in a guest that hangs.)"""
    event = {"name": "virtio_queue_notify"}
    before = rig.guest.qemu_log.stat().st_size
    rig.guest.qmp.execute("trace-event-set-state", **event, enable=True)
    figures = rig.load(*arguments)
    rig.guest.qmp.execute("trace-event-set-state", **event, enable=False)
    with open(rig.guest.qemu_log, "rb") as log:
        log.seek(before)
        count = log.read().count(b"virtio_queue_notify")
    return count / (figures["bytes"] / 1e6)


def run(table, kernel, rounds, quick):
    share = 4 if quick else 1
    picked = [case for case in cases() if table.wanted(case[0])]
    trips = table.wanted("vport round trip 64 B")
    opens = table.wanted("vport open and close")
    with Rig("vport", kernel, ports=PORTS) as rig:
        for index, who in turns(rounds):
            loaded = rig.use(who)
            table.row("virtio_console load", "s", higher=False, group="load").add(who, loaded)
            table.row("virtio_console size", "KiB", higher=False, group="load").add(
                who, rig.module_kib())
            for key, way, size, lines, aim in picked:
                total = max(total_of(way, size) // share // lines, MB)
                arguments = [way, size, total, *rig.nodes[:lines]]
                if index == 0:
                    rig.load("-v", way, size, MB, *rig.nodes[:lines])
                before = rig.main_loop_seconds()
                figures = rig.load("-c", 120, *arguments)
                busy = (rig.main_loop_seconds() - before) / figures["seconds"]
                table.row(key + ": QEMU's main loop busy", "%", higher=False,
                          group="main loop").add(who, 100 * busy)
                cpu_aim = 2 if way == "read" and size >= 4096 and lines == 1 else None
                note_stream(table, key, who, figures, aim, cpu_aim)
                if index == 0 and lines == 1:
                    kicks = kick_count(rig, way, size, max(total // 4, MB), *rig.nodes[:1])
                    table.row(key + ": kicks", "/MB", higher=False, group="kicks").add(who, kicks)
            if trips:
                figures = rig.load("-c", 120, "echo", 64, 4000 // share, rig.nodes[0])
                for name, field in (("median", "median_us"), ("p99", "p99_us")):
                    table.row(f"vport round trip 64 B {name}", "us", higher=False, aim=1,
                              group="latency").add(who, figures[field])
            if opens:
                figures = rig.load("open", 200, rig.nodes[0])
                table.row("vport open and close", "us", higher=False, group="open").add(
                    who, figures["seconds"] / 200 * 1e6)
