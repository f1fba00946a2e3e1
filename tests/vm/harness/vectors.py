# SPDX-License-Identifier: GPL-2.0
"""Reads tests/vectors/port-names.tsv."""

import re
from collections import namedtuple
from pathlib import Path

FILE = Path(__file__).resolve().parents[2] / "vectors" / "port-names.tsv"

# name: bytes, or None when the host gives none; link and systemd: bytes below
# /dev/virtio-ports, or None; set: rows that meet, or None.
Vector = namedtuple("Vector", "name link systemd set note")

ESCAPES = {b"t": b"\t", b"n": b"\n", b"\\": b"\\"}


def _bytes(field):
    return re.sub(rb"\\(t|n|\\|x[0-9a-f]{2})",
                  lambda m: ESCAPES.get(m[1]) or bytes([int(m[1][1:], 16)]), field)


def read():
    """All rows of the table, in order."""
    rows = []
    for line in FILE.read_bytes().splitlines():
        if not line or line == b"#" or line.startswith(b"# "):
            continue
        name, link, systemd, group, *note = line.split(b"\t")
        link = None if link == b"-" else _bytes(link)
        rows.append(Vector(
            name={b"(none)": None, b"(empty)": b""}.get(name, _bytes(name)),
            link=link,
            systemd=link if systemd == b"=" else None if systemd == b"-" else _bytes(systemd),
            set=None if group == b"-" else group.decode(),
            note=note[0].decode() if note else ""))
    return rows


def is_utf8(name):
    try:
        name.decode()
        return True
    except UnicodeDecodeError:
        return False
