# SPDX-License-Identifier: GPL-2.0
"""From the start of QEMU to the first prompt on the serial line, and the size of the image:
ours (login, all three modules loaded, ports linked) against the images that initramfs-tools
and dracut make for the same kernel (their shell before the root file system is mounted, udev
settled). The same QEMU, kernel, devices and kernel command line for all."""

import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import OURS
from rig import PARTS, TOP, BenchError, release_of

LIMIT = 240
DEVICES = ["--port", "bench.a", "--usb-serial"]
OTHERS = {
    # With panic= on the command line it says so, and gives no shell.
    "initramfs-tools": ("break=mount", rb"Spawning shell within the initramfs"),
    "dracut": ("rd.break=pre-mount rd.retry=1", rb"press Control-D to continue"),
}


def call(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          check=False)
    if done.returncode:
        raise BenchError(f"{' '.join(map(str, command))}: {done.stderr.strip()[-400:]}")


def pack_ours(kernel, image):
    """As scripts/guest packs what it boots at once. The size that is told is that of the
    image that is kept, packed as mkinitramfs does unless told otherwise."""
    call(TOP / "scripts/mkinitramfs", "--kernel", kernel, "--compress", "none", "-o", image)
    call(TOP / "scripts/mkinitramfs", "--kernel", kernel, "-o", kept(image))


def kept(image):
    return image.with_suffix(".kept")


def pack_initramfs_tools(kernel, image):
    """mkinitramfs reads /lib/modules, which need not be there, and /boot: in a namespace
    they are this kernel's."""
    folder = TOP / "build" / "kernels" / kernel
    release = release_of(kernel)
    places = image.parent / "initramfs-tools"
    (places / "boot").mkdir(parents=True, exist_ok=True)
    (places / "layers").mkdir(exist_ok=True)
    shutil.copy(folder / "config", places / "boot" / f"config-{release}")
    script = ('modules=$(readlink -f "$1/modules")\n'
              'mount -t tmpfs tmpfs "$2/layers"\n'
              'mkdir -p "$2/layers/upper/modules/$3" "$2/layers/work"\n'
              'mount -t overlay overlay -o '
              '"lowerdir=/usr/lib,upperdir=$2/layers/upper,workdir=$2/layers/work" /usr/lib\n'
              'mount --bind "$modules" "/usr/lib/modules/$3"\n'
              'mount --bind "$2/boot" /boot\n'
              'exec /usr/sbin/mkinitramfs -o "$4" "$3"')
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    call("unshare", *user, "--mount", "sh", "-euc", script,
         "sh", folder, places, release, image)


def pack_dracut(kernel, image):
    modules = (TOP / "build" / "kernels" / kernel / "modules").resolve()
    call("dracut", "--force", "--no-hostonly", "--kmoddir", modules, "--kver",
         release_of(kernel), "--add-drivers", "virtio_console ftdi_sio virtio_pci xhci_pci", image)


PACKERS = {OURS: pack_ours, "initramfs-tools": pack_initramfs_tools, "dracut": pack_dracut}


def qemu_command(run_folder, kernel, image, append):
    done = subprocess.run(
        [str(TOP / "scripts/guest"), "--dry-run", "--name", "boot", "--kernel", kernel,
         "--image", str(image), "--login", "ask", *DEVICES, "--memory", "1G", "--append", append],
        capture_output=True, text=True, check=True, env={**os.environ, "PORTSIDE_RUN": run_folder})
    return "exec " + done.stdout.replace("\\\n", " ").strip()


def seconds_to(marker, command):
    """Seconds from the start of the command until it prints the marker."""
    started = time.monotonic()
    process = subprocess.Popen(["sh", "-c", command], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    seen = b""
    try:
        while not re.search(marker, seen):
            left = LIMIT - (time.monotonic() - started)
            if not select.select([process.stdout], [], [], max(left, 0))[0]:
                raise BenchError(f"no prompt in {LIMIT} s:\n" + seen[-500:].decode("latin-1"))
            piece = os.read(process.stdout.fileno(), 65536)
            if not piece:
                raise BenchError("QEMU ended:\n" + seen[-500:].decode("latin-1"))
            seen += piece
        return time.monotonic() - started
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdin.close()
        process.stdout.close()


def boot(kernel, image, append, marker):
    with tempfile.TemporaryDirectory(prefix="ps-", dir="/tmp") as folder:
        place = Path(folder) / "boot"
        place.mkdir()
        os.mkfifo(place / "events")
        events = os.open(place / "events", os.O_RDWR | os.O_NONBLOCK)
        try:
            return seconds_to(marker, qemu_command(folder, kernel, image, append))
        finally:
            os.close(events)


def contestants(kernel):
    """{who: (image, words for the kernel, prompt)}; a tool that is not here is left out."""
    folder = PARTS / release_of(kernel)
    folder.mkdir(parents=True, exist_ok=True)
    found = {}
    for who, pack in PACKERS.items():
        if who != OURS and not shutil.which("dracut" if who == "dracut" else "mkinitramfs"):
            continue
        image = folder / f"boot-{who}.img"
        try:
            pack(kernel, image)
        except BenchError as problem:
            if who == OURS:
                raise
            print(f"bench: no image of {who}: {problem}", file=sys.stderr)
            continue
        words, prompt = OTHERS.get(who, ("portside.modules=kgdboc", rb"login: "))
        found[who] = (image, words, prompt)
    return found


def run(table, kernel, rounds, quick):
    if not (table.wanted("boot to a prompt") or table.wanted("boot image")):
        return
    found = contestants(kernel)
    time_row = table.row("boot to a prompt", "s", higher=False, group="boot")
    size_row = table.row("boot image", "MB", higher=False, group="boot")
    for who, (image, _, _) in found.items():
        size_row.add(who, (kept(image) if who == OURS else image).stat().st_size / 1e6)
    for _ in range(1 if quick else min(rounds, 3)):
        for who, (image, words, prompt) in found.items():
            time_row.add(who, boot(kernel, image, words, prompt))
    for row in (time_row, size_row):
        row.note = ", ".join(f"{row.ratio(theirs=who):.1f} times better than {who}"
                             for who in found if who != OURS)
