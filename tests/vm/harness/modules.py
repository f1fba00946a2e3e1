# SPDX-License-Identifier: GPL-2.0
"""The kernel's own modules, as plain files."""

import lzma
import os
from pathlib import Path

TOP = Path(__file__).resolve().parents[3]
DRIVERS = {"virtio_console": "drivers/char", "ftdi_sio": "drivers/usb/serial",
           "kgdboc": "drivers/tty/serial"}


def in_tree(kernel, module):
    """The kernel's own module of that name, unpacked; None where it has it built in."""
    place = TOP / "build" / "kernels" / kernel
    plain = place / "modules" / "kernel" / DRIVERS[module] / f"{module}.ko"
    packed = plain.with_name(f"{module}.ko.xz")
    if plain.exists() or not packed.exists():
        return plain if plain.exists() else None
    release = (place / "release").read_text().strip()
    unpacked = TOP / "build" / "tests" / "in-tree" / release / f"{module}.ko"
    unpacked.parent.mkdir(parents=True, exist_ok=True)
    # Under another name first: tests that run at once may both unpack it.
    part = unpacked.with_name(f"{module}.{os.getpid()}.part")
    part.write_bytes(lzma.decompress(packed.read_bytes()))
    part.rename(unpacked)
    return unpacked
