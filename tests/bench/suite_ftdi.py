# SPDX-License-Identifier: GPL-2.0
"""USB serial lines on xHCI and on UHCI: both ways, round trips, what it costs."""

from rig import Rig, turns

KIB = 1 << 10
OPTIONS = ["-device", "qemu-xhci,id=xhci", "-device", "piix3-usb-uhci,id=uhci"]
# Bytes of a run: about half a second to a second with the in-tree driver.
CASES = {
    "xhci": [("write", 64, 1024, 1.5), ("write", 4096, 3072, 1.5), ("write", 65536, 3072, 1.5),
             ("read", 4096, 512, 5), ("read", 65536, 512, 5)],
    "uhci": [("write", 4096, 256, 1), ("read", 4096, 256, 1)],
}


def find_lines(guest):
    """The nodes by controller: {"xhci": "/dev/ttyUSB0", ...}."""
    found = {}
    for controller in CASES:
        node = guest.until(
            f"for d in /sys/bus/pci/drivers/{controller}_hcd/0*; do "
            "for t in /sys/bus/usb-serial/devices/*; do "
            "case $(readlink -f $t) in *${d##*/}/*) echo /dev/${t##*/}; exit 0 ;; esac; "
            "done; done; false")
        guest.until(f"test -c {node}")
        found[controller] = node
    return found


def run(table, kernel, rounds, quick):
    wanted = [(controller, case) for controller, cases in CASES.items() for case in cases
              if table.wanted(f"ftdi {controller} {case[0]} {case[1]} B")]
    trips = [controller for controller in CASES
             if table.wanted(f"ftdi {controller} round trip 64 B")]
    if not wanted and not trips:
        return
    options = list(OPTIONS)
    for controller in CASES:
        options += ["-chardev", f"socket,id=c{controller},path={{run}}/{controller}.sock,"
                                "server=on,wait=off",
                    "-device", f"usb-serial,bus={controller}.0,chardev=c{controller},"
                               "always-plugged=on"]
    with Rig("ftdi", kernel, module="ftdi_sio", options=options, sockets=list(CASES)) as rig:
        rig.guest.check("modprobe usbserial")
        for _, who in turns(rounds):
            loaded = rig.use(who)
            table.row("ftdi_sio load", "s", higher=False, group="load").add(who, loaded)
            table.row("ftdi_sio size", "KiB", higher=False, group="load").add(
                who, rig.module_kib())
            nodes = find_lines(rig.guest)
            for controller, (way, size, kib, aim) in wanted:
                total = max(kib * KIB // (4 if quick else 1), size)
                key = f"ftdi {controller} {way} {size} B"
                figures = rig.load("-c", 120, way, size, total, nodes[controller])
                table.row(key, "KB/s", aim=aim, group="ftdi").add(
                    who, figures["bytes"] / 1e3 / figures["seconds"])
                table.row(key + ": CPU", "s/GB", higher=False, group="ftdi cpu").add(
                    who, figures["cpu"] / figures["bytes"] * 1e9)
            for controller in trips:
                figures = rig.load("-c", 120, "echo", 64, 300, nodes[controller])
                for name, field in (("median", "median_us"), ("p99", "p99_us")):
                    table.row(f"ftdi {controller} round trip 64 B {name}", "us", higher=False,
                              aim=1, group="ftdi").add(who, figures[field])
