# SPDX-License-Identifier: GPL-2.0
"""scripts/mkinitramfs: the same bytes in another place and at another time, and a
budget of size. No guest is booted."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
KERNEL = os.environ.get("GUEST", "6.1")


class Checkout:
    """A copy of the sources with what was built for one kernel."""

    def __init__(self, folder):
        self.top = folder
        files = subprocess.run(["git", "ls-files", "-z", "scripts", "initramfs", "udev"], cwd=TOP,
                               capture_output=True, check=True).stdout.decode().split("\0")
        for name in filter(None, files):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(TOP / name, folder / name)
        self.kernel = (TOP / "build/kernels" / KERNEL).resolve()
        self.release = (self.kernel / "release").read_text().strip()
        self.ours = folder / "build" / self.release
        self.ours.mkdir(parents=True)
        for module in (TOP / "build" / self.release).glob("*.ko"):
            shutil.copy(module, self.ours)
        (folder / "build/bin").mkdir()
        shutil.copy(TOP / "build/bin/portside-guest", folder / "build/bin")
        (folder / "build/kernels").mkdir()
        (folder / "build/kernels" / KERNEL).symlink_to(self.kernel)
        (folder / "build/kernels" / self.release).symlink_to(self.kernel)

    def run(self, *words, status=0, **environment):
        done = subprocess.run([str(self.top / "scripts/mkinitramfs"), *map(str, words)],
                              capture_output=True, text=True, check=False, cwd="/",
                              env={**os.environ, **environment})
        assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
        return done

    def pack(self, *words, name="image", **environment):
        image = self.top / name
        self.run("--kernel", KERNEL, *words, "-o", image, **environment)
        return image

    def files(self, image):
        return {line.split()[-1].lstrip(".") for line in
                self.run("ls", image).stdout.splitlines() if " -> " not in line}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    return Checkout(tmp_path_factory.mktemp("here"))


@pytest.fixture(scope="module")
def image(checkout):
    return checkout.pack(name="plain")


# ---- the same bytes ----

def test_another_place_another_time_another_user_s_mask_give_the_same_bytes(
        checkout, image, tmp_path_factory):
    other = Checkout(tmp_path_factory.mktemp("a longer name of a place"))
    for path in other.top.rglob("*"):
        if not path.is_symlink():
            os.utime(path, (1_000_000_000, 1_000_000_000))
            path.chmod(path.stat().st_mode & ~0o077 | 0o100)
    before = os.umask(0o077)
    try:
        again = other.pack(TZ="Pacific/Auckland", LANG="C.UTF-8", HOME="/nowhere")
    finally:
        os.umask(before)
    assert again.read_bytes() == image.read_bytes()


def test_source_date_epoch_is_the_time_of_every_file(checkout):
    image = checkout.pack(name="dated", SOURCE_DATE_EPOCH="86400")
    listing = checkout.run("ls", image, TZ="UTC").stdout
    assert all("Jan  2  1970" in line for line in listing.splitlines())


# ---- size ----

def test_the_minimal_image_keeps_to_its_budget(checkout):
    """With the kernel's USB and virtio modules and all of ours."""
    checkout.pack("--compress", "xz", "--max-size", int(1.4 * 2**20), name="small")
    checkout.pack("--max-size", 1_560_000, name="fast")


def test_an_image_over_its_budget_is_refused_with_the_number(checkout):
    done = checkout.run("--kernel", KERNEL, "--max-size", 1_000_000, "-o",
                        checkout.top / "large", status=1)
    assert "more than --max-size 1000000" in done.stderr
    assert not (checkout.top / "large").exists()
