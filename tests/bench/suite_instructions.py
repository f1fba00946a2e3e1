# SPDX-License-Identifier: GPL-2.0
"""Guest instructions per system call, under QEMU's icount: the guest's clock
advances a nanosecond an instruction, so its CPU time is a count that does not
depend on the machine's mood. One vCPU. The floor is the same call on /dev/null
or /dev/zero."""

from measure import OURS, THEIRS
from rig import Rig, turns

MB = 1 << 20
CASES = [("write", 64, 4 * MB), ("write", 512, 16 * MB), ("write", 4096, 64 * MB),
         ("write", 65536, 128 * MB), ("read", 64, 4 * MB), ("read", 512, 16 * MB),
         ("read", 4096, 64 * MB), ("read", 65536, 64 * MB)]


def run(table, kernel, rounds, quick):
    picked = [case for case in CASES
              if table.wanted(f"instructions a {case[0]} of {case[1]} B")]
    if not picked:
        return
    with Rig("instructions", kernel, ports=["bench.a"], smp=1,
             options=["-icount", "shift=0"]) as rig:
        for index, who in turns(1 if quick else min(rounds, 3)):
            rig.use(who)
            for way, size, total in picked:
                key = f"instructions a {way} of {size} B"
                total //= 4 if quick else 1
                figures = rig.load("-c", 250, way, size, total, rig.nodes[0])
                row = table.row(key, "guest instructions", higher=False, group="instructions")
                row.add(who, figures["cpu"] * 1e9 / (total / size))
                if index == 0 and who in (OURS, THEIRS):
                    file = "/dev/null" if way == "write" else "/dev/zero"
                    floor = rig.load("floor", way, size, total // size, file)
                    row.add(f"floor ({file})", floor["cpu"] * 1e9 / (total / size))
