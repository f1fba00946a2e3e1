# SPDX-License-Identifier: GPL-2.0
"""scripts/mkinitramfs: the same bytes in another place and at another time, a
budget of size, segments, dependencies, compressed and signed modules, and the
commands that look into an image. No guest is booted."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
KERNEL = os.environ.get("GUEST", "6.1")
SIGNATURE = b"~Module signature appended~\n"


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


def small_kernel(checkout, folder):
    """A kernel's folder with just the modules of an image, to be changed."""
    modules = folder / "lib/modules" / checkout.release
    modules.mkdir(parents=True)
    for name in ("config", "release"):
        shutil.copy(checkout.kernel / name, folder / name)
    (folder / "modules").symlink_to(modules)
    source = checkout.kernel / "modules"
    for name in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
        shutil.copy(source / name, modules / name)
    wanted = ["virtio_pci", "virtio_mmio", "virtio_console", "xhci_pci", "uhci_hcd", "ftdi_sio",
              "pvpanic_pci", "pvpanic_mmio"]
    shown = subprocess.run(["modprobe", "-S", checkout.release, "-d",
                            str(source.resolve()).split("/lib/modules/", maxsplit=1)[0],
                            "-C", "/var/empty", "-a", "--show-depends", *wanted],
                           capture_output=True, text=True, check=True).stdout
    for line in shown.splitlines():
        path = Path(line.split()[1]) if line.startswith("insmod") else None
        if path:
            to = modules / path.resolve().relative_to(source.resolve())
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, to)
    return modules


def index(modules):
    base = str(modules).split("/lib/modules/", maxsplit=1)[0]
    subprocess.run(["depmod", "-b", base, modules.name], check=True)


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
    checkout.pack("--compress", "xz", "--max-size", 1_400_000, name="small")
    checkout.pack("--max-size", 1_500_000, name="fast")


def test_an_image_over_its_budget_is_refused_with_the_number(checkout):
    done = checkout.run("--kernel", KERNEL, "--max-size", 1_000_000, "-o",
                        checkout.top / "large", status=1)
    assert "more than --max-size 1000000" in done.stderr
    assert not (checkout.top / "large").exists()


# ---- segments ----

def test_a_changed_module_changes_only_its_segment(checkout, image, tmp_path):
    segments = checkout.top / "build/initramfs/segments"
    before = {path.name: path.read_bytes() for path in segments.iterdir()}
    base = next(content for name, content in before.items()
                if name.startswith("base-") and image.read_bytes().startswith(content))
    module = checkout.ours / "virtio_console.ko"
    kept = module.read_bytes()
    module.write_bytes(kept + b"changed")
    try:
        changed = checkout.pack(name="changed").read_bytes()
    finally:
        module.write_bytes(kept)
    assert changed.startswith(base) and changed != image.read_bytes()
    new = {path.name for path in segments.iterdir()} - set(before)
    assert [name.split("-")[0] for name in new] == ["modules"]
    assert checkout.run("diff", image, checkout.top / "changed", status=1).stdout.splitlines()[0] \
        .startswith(f"! /usr/lib/modules/{checkout.release}/updates/virtio_console.ko")


# ---- what goes in ----

def test_files_overlays_and_modules_are_added(checkout, tmp_path):
    (tmp_path / "overlay/etc").mkdir(parents=True)
    (tmp_path / "overlay/etc/motd").write_text("hello\n")
    (tmp_path / "overlay/link").symlink_to("etc/motd")
    (tmp_path / "data").write_text("data\n")
    image = checkout.pack("--add", tmp_path / "data", "--add", f"{tmp_path}/data:/srv/other",
                          "--add", "/usr/bin/getconf", "--overlay", tmp_path / "overlay",
                          "--module", "loop", name="more")
    files = checkout.files(image)
    assert {"/root/data", "/srv/other", "/usr/bin/getconf", "/etc/motd"} <= files
    assert any(name.endswith("/loop.ko") for name in files)
    assert any("/libc.so" in name for name in files)
    assert "--module loop" in checkout.run("why", image, "loop.ko").stdout
    assert "library of /usr/bin/getconf" in checkout.run("why", image, "libc.so.6").stdout


def test_why_names_the_chain_of_a_module(checkout, image):
    assert "dependency of" in checkout.run("why", image, "usbcore.ko").stdout
    assert "profile minimal" in checkout.run("why", image, "/init").stdout
    assert "has no file /nothing" in checkout.run("why", image, "/nothing", status=1).stderr


def test_diff_of_equal_images_is_empty(checkout, image):
    assert checkout.run("diff", image, image).stdout == ""


# ---- modules as kernels have them ----

@pytest.mark.parametrize("suffix, tool", [("gz", "gzip"), ("xz", "xz"), ("zst", "zstd")])
def test_compressed_modules_are_packed_plain(checkout, image, tmp_path, suffix, tool):
    modules = small_kernel(checkout, tmp_path)
    options = ["--rm", "-q"] if tool == "zstd" else ["--check=crc32"] if tool == "xz" else []
    for path in modules.rglob("*.ko"):
        subprocess.run([tool, *options, str(path)], check=True)
    index(modules)
    packed = checkout.top / f"image-{suffix}"
    checkout.run("--kernel", f"{tmp_path}/", "-o", packed)
    assert checkout.run("diff", image, packed).stdout == ""


def test_soft_and_weak_dependencies_come_along(checkout, tmp_path):
    modules = small_kernel(checkout, tmp_path)
    source = checkout.kernel / "modules"
    for name in ("loop.ko", "dummy.ko"):
        path = next(source.rglob(name))
        to = modules / path.relative_to(source)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, to)
    for name, line in (("pvpanic-pci", b"softdep=pre: loop"), ("pvpanic-mmio", b"weakdep=dummy")):
        module = next(modules.rglob(f"{name}.ko"))
        (tmp_path / "line").write_bytes(b"\0" + line + b"\0")
        subprocess.run(["objcopy", "--dump-section", f".modinfo={tmp_path}/info", str(module)],
                       check=True)
        (tmp_path / "info").write_bytes((tmp_path / "info").read_bytes() + line + b"\0")
        subprocess.run(["objcopy", "--update-section", f".modinfo={tmp_path}/info", str(module)],
                       check=True)
    index(modules)
    packed = checkout.top / "soft"
    checkout.run("--kernel", f"{tmp_path}/", "-o", packed)
    assert "softdep of pvpanic" in checkout.run("why", packed, "loop.ko").stdout
    assert "weakdep of pvpanic" in checkout.run("why", packed, "dummy.ko").stdout


def test_a_module_whose_signature_would_break_is_refused(checkout):
    """Signed, with debug information: packed as it is, and never stripped."""
    module = checkout.ours / "virtio_console.ko"
    kept = module.read_bytes()
    module.write_bytes(kept + b"\0" * 40 + SIGNATURE)
    try:
        done = checkout.run("--kernel", KERNEL, "--strip", "-o", checkout.top / "stripped",
                            status=1)
        assert "stripping would break its signature" in done.stderr
        image = checkout.pack(name="signed")
        listing = checkout.run("ls", image).stdout
        size = next(int(line.split()[4]) for line in listing.splitlines()
                    if line.endswith("updates/virtio_console.ko"))
        assert size == len(kept) + 40 + len(SIGNATURE)
    finally:
        module.write_bytes(kept)


def test_an_unsigned_module_for_a_kernel_that_wants_signatures_is_refused(checkout, tmp_path):
    modules = small_kernel(checkout, tmp_path)
    index(modules)
    with open(tmp_path / "config", "a", encoding="ascii") as config:
        config.write("CONFIG_MODULE_SIG_FORCE=y\n")
    done = checkout.run("--kernel", f"{tmp_path}/", "-o", checkout.top / "unsigned", status=1)
    assert "refuses unsigned modules" in done.stderr


# ---- mistakes ----

@pytest.mark.parametrize("words, text", [
    (["--kernel", "9.99"], "scripts/kernel fetch 9.99"),
    (["--profile", "none-such"], "no profile 'none-such'; there are: minimal udev"),
    (["--module", "no_such_module"], "no_such_module"),
    (["--add", "/no/such/file"], "/no/such/file"),
    (["--overlay", "/no/such/folder"], "no such directory"),
    (["--compress", "rar"], "zstd, gzip, xz or none"),
    (["--max-size", "1M"], "a number of bytes")])
def test_a_mistake_is_told_with_the_way_out(checkout, words, text):
    done = checkout.run(*([] if words[0] == "--kernel" else ["--kernel", KERNEL]), *words, "-o",
                        checkout.top / "never", status=1)
    assert text in done.stderr
    assert not (checkout.top / "never").exists()
