# SPDX-License-Identifier: GPL-2.0
"""The same loads on other devices and machines: packed rings, interrupt
vectors, ioeventfd, one vCPU and four."""

from rig import Rig, turns

MB = 1 << 20
VARIANTS = {
    "packed ring": {"serial": "max_ports=31,packed=on"},
    "vectors=4": {"serial": "max_ports=31,vectors=4"},
    "vectors=64": {"serial": "max_ports=31,vectors=64"},
    "ioeventfd=off": {"serial": "max_ports=31,ioeventfd=off"},
    "one vCPU": {"smp": 1},
    "four vCPUs": {"smp": 4},
}
CASES = [("write", 64, 4 * MB), ("write", 4096, 64 * MB), ("write", MB, 128 * MB),
         ("read", 64, 4 * MB), ("read", 65536, 64 * MB)]


def run(table, kernel, rounds, quick):
    for name, settings in VARIANTS.items():
        keys = {case: f"variant {name}: {case[0]} {case[1]} B" for case in CASES}
        trip = f"variant {name}: round trip 64 B median"
        picked = [case for case in CASES if table.wanted(keys[case])]
        if not picked and not table.wanted(trip):
            continue
        with Rig("variant-" + name.replace(" ", "-"), kernel, ports=["bench.a"],
                 **settings) as rig:
            for _, who in turns(1 if quick else min(rounds, 3)):
                rig.use(who)
                for way, size, total in picked:
                    figures = rig.load("-c", 120, way, size, total // (4 if quick else 1),
                                       rig.nodes[0])
                    table.row(keys[way, size, total], "MB/s", aim=1, group="variants").add(
                        who, figures["bytes"] / 1e6 / figures["seconds"])
                if table.wanted(trip):
                    figures = rig.load("-c", 120, "echo", 64, 1000, rig.nodes[0])
                    table.row(trip, "us", higher=False, aim=1, group="variants").add(
                        who, figures["median_us"])
