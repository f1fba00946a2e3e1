# SPDX-License-Identifier: GPL-2.0
"""What happens when the receiver cannot store what comes: on a small tmpfs, as root."""
import contextlib
import os
import subprocess

import pytest

from conftest import leftovers

SMALL = 3 << 20  # bytes of the file system

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small tmpfs takes root")


@contextlib.contextmanager
def small_disk(directory):
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", directory],
                      check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        yield
    finally:
        subprocess.run(["umount", directory], check=True)


@pytest.mark.parametrize("size", [SMALL + 1, 500_000])
def test_a_full_disk_in_the_guest_is_told_and_leaves_nothing(guest, size):
    (guest.local / "f").write_bytes(os.urandom(size))
    with small_disk(guest.files):
        (guest.files / "filler").write_bytes(b"x" * (SMALL - 200_000 if size < SMALL else 0))
        done = guest.run("put", guest.local / "f", guest.files, status=6)
        assert "guest: f: cannot write: No space left on device" in done.stderr
        assert os.listdir(guest.files) == ["filler"] and not leftovers(guest.files)


def test_a_full_disk_here_is_told_and_leaves_nothing(guest):
    (guest.files / "f").write_bytes(os.urandom(2 * SMALL))
    with small_disk(guest.local):
        done = guest.run("get", guest.files / "f", guest.local, status=7)
        assert "f: cannot write: No space left on device" in done.stderr
        assert not os.listdir(guest.local)


def test_after_a_full_disk_the_other_files_still_arrive(guest):
    (guest.local / "large").write_bytes(os.urandom(2 * SMALL))
    (guest.local / "small").write_bytes(b"small")
    with small_disk(guest.files):
        guest.run("put", guest.local / "large", guest.local / "small", guest.files, status=6)
        assert os.listdir(guest.files) == ["small"]


def test_an_old_file_survives_a_full_disk(guest):
    (guest.local / "f").write_bytes(os.urandom(2 * SMALL))
    with small_disk(guest.files):
        (guest.files / "f").write_bytes(b"old")
        guest.run("put", guest.local / "f", guest.files, status=6)
        assert (guest.files / "f").read_bytes() == b"old"
