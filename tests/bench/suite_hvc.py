# SPDX-License-Identifier: GPL-2.0
"""Consoles: bytes through /dev/hvc0 and kernel messages on console=hvc1. The
second console goes to a file, which the host compares line by line."""

import re
import time

from rig import LIMIT, BenchError, Rig, turns

KIB = 1 << 10
BYTES_AIM, PRINTK_AIM = 20, 5
LINE = 80
LATE = "hvc printk: a 1 ms timer is late"


def wait_lines(path, count, nonce):
    """Waits until so many messages are in the file, all of them, in order."""
    deadline = time.monotonic() + LIMIT
    wanted = [f"{index:06}" for index in range(count)]
    while True:
        text = path.read_bytes().decode(errors="replace").rpartition(nonce)[2]
        found = re.findall(r"bench-line (\d{6}) 0{57}", text)
        if found == wanted:
            return
        if time.monotonic() > deadline or len(found) >= count:
            raise BenchError(f"{len(found)} of {count} kernel messages are on the console")


def text(rig, lines, nonce, mode):
    """Lines of text through a tty, `mode` sane (line ends translated) or raw;
    seconds until the host has them all. They go to the console with the file:
    QEMU drops console output that a socket does not take at once."""
    end = b"\n" if mode == "raw" else b"\r\n"
    log = rig.guest.run_folder / "hvc1.log"
    rig.guest.check("awk 'BEGIN { for (i = 0; i < %d; i++) "
                    "printf \"%%06d %%0%dd\\n\", i, 0 }' > /tmp/text" % (lines, LINE - 9))
    wanted = b"".join(f"{index:06} {0:0{LINE - 9}}".encode() + end for index in range(lines))
    started = time.monotonic()
    # The mode lasts as long as the tty is open.
    rig.guest.check(f"exec 3<> /dev/hvc1; stty {mode} <&3; echo {nonce} >&3; cat /tmp/text >&3",
                    timeout=LIMIT)
    while True:
        came = log.read_bytes().rpartition(nonce.encode() + end)[2]
        if came == wanted:
            return time.monotonic() - started
        if len(came) >= len(wanted) or time.monotonic() - started > LIMIT:
            raise BenchError(f"{len(came)} of {len(wanted)} bytes of text are on the console, "
                             "or other ones")


def printk(rig, how, number, nonce):
    """Kernel messages on hvc1 alone: so many, or for so many ticks; portload's figures."""
    rig.guest.check(f"echo '<2>{nonce}' > /dev/kmsg")
    figures = rig.load(how, number)
    count = int(figures.get("messages", number))
    wait_lines(rig.guest.run_folder / "hvc1.log", count, nonce)
    return figures


def run(table, kernel, rounds, quick):
    keys = ["hvc output, raw", "hvc output, text", "hvc input", "hvc round trip 64 B", "hvc printk",
            LATE]
    if not any(table.wanted(key) for key in keys):
        return
    options = ["-device", "virtio-serial-pci,id=bench",
               "-chardev", "socket,id=hvc0,path={run}/hvc0.sock,server=on,wait=off",
               "-device", "virtconsole,bus=bench.0,chardev=hvc0",
               "-chardev", "file,id=hvc1,path={run}/hvc1.log",
               "-device", "virtconsole,bus=bench.0,chardev=hvc1"]
    # The last console= is /dev/console, which must not be one under test.
    with Rig("hvc", kernel, options=options, sockets=["hvc0"],
             append="console=hvc1 console=ttyS0") as rig:
        rig.guest.check("echo 0 > /sys/class/tty/ttyS0/console")
        for index, who in turns(rounds):
            rig.use(who)
            rig.guest.until("stty -F /dev/hvc0 && grep -q '^hvc1' /proc/consoles")
            size = (512 if quick else 1024) * KIB
            for mode, lines, aim in (("raw", 20000, 1), ("sane", 3000, BYTES_AIM)):
                lines //= 4 if quick else 1
                seconds = text(rig, lines, f"{mode}-{index}-{who}-{rig.guest.nonce}", mode)
                name = "text" if mode == "sane" else mode
                table.row(f"hvc output, {name}", "KB/s", aim=aim, group="hvc").add(
                    who, lines * LINE / 1e3 / seconds)
            figures = rig.load("-c", 120, "read", 4096, size, "/dev/hvc0")
            table.row("hvc input", "KB/s", aim=1, group="hvc").add(
                who, figures["bytes"] / 1e3 / figures["seconds"])
            figures = rig.load("-c", 120, "echo", 64, 300, "/dev/hvc0")
            for name, field in (("median", "median_us"), ("p99", "p99_us")):
                table.row(f"hvc round trip 64 B {name}", "us", higher=False, aim=1,
                          group="hvc").add(who, figures[field])
            count = 500 if quick else 2000
            nonce = f"{index}-{who}-{rig.guest.nonce}"
            figures = printk(rig, "printk", count, f"round-{nonce}")
            table.row("hvc printk", "lines/s", aim=PRINTK_AIM, group="hvc").add(
                who, count / figures["seconds"])
            # Printed from one CPU with interrupts on as far as the driver leaves them on.
            figures = printk(rig, "late", count // 4, f"late-{nonce}")
            for name, field in (("median", "median_us"), ("p99", "p99_us")):
                table.row(f"{LATE} {name}", "us", higher=False, aim=1, group="hvc").add(
                    who, figures[field])
