# SPDX-License-Identifier: GPL-2.0
"""scripts/mkinitramfs: which modules go into an image and how, and looking into
images. The kernel is one of the test's own: a few files in the form of modules,
with the fields that matter here."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
RELEASE = "6.1.0-made-up"
PACKERS = {".gz": ["gzip", "-c"], ".xz": ["xz", "-c"], ".zst": ["zstd", "-qc"]}
SIGNATURE = b"signature" * 10 + b"\0\0\2\0\0\0\0\0\0\0\0Z~Module signature appended~\n"


def compiled(path, *fields, debug=False, text="int x;"):
    """A file in the form of a module, with these fields of .modinfo."""
    lines = [f'static const char i{number}[] __attribute__((section(".modinfo"), used, aligned(1)))'
             f' = "{field}";' for number, field in enumerate([*fields, "vermagic=made-up"])]
    path.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["gcc", "-x", "c", "-c", "-", "-o", str(path), *(["-g"] if debug else [])],
                   input="\n".join([*lines, text]), text=True, check=True)
    return path


class Kernel:
    """A kernel with modules, and a checkout that packs images for it."""

    def __init__(self, folder):
        self.top = folder / "checkout"
        for name in ("scripts", "initramfs", "udev"):
            shutil.copytree(TOP / name, self.top / name)
        self.folder = folder / "kernel"
        self.modules = self.folder / "root/lib/modules" / RELEASE
        self.modules.mkdir(parents=True)
        (self.folder / "modules").symlink_to(self.modules)
        (self.folder / "release").write_text(f"{RELEASE}\n")
        self.configure("CONFIG_RD_ZSTD=y", "CONFIG_RD_GZIP=y", "CONFIG_RD_XZ=y")
        self.ours = self.top / "build" / RELEASE
        self.builtin = []
        self.profile("dir /dev", "module first")
        compiled(self.ours / "ours.ko", "name=ours", "srcversion=OURS")

    def configure(self, *lines):
        (self.folder / "config").write_text("\n".join(lines) + "\n")

    def profile(self, *lines):
        (self.top / "initramfs/profiles/small").write_text("\n".join(lines) + "\n")

    def module(self, name, *fields, packed="", signed=False, **how):
        """One of the kernel's modules; its content as it is unpacked."""
        path = compiled(self.modules / "kernel" / f"{name}.ko", f"name={name}", *fields, **how)
        if signed:
            with open(path, "ab") as file:
                file.write(SIGNATURE)
        content = path.read_bytes()
        if packed:
            with open(f"{path}{packed}", "wb") as file:
                subprocess.run([*PACKERS[packed], str(path)], stdout=file, check=True)
            path.unlink()
        return content

    def index(self):
        """What depmod writes; by hand, since not every kmod reads every compression."""
        subprocess.run(["depmod", "-b", str(self.folder / "root"), RELEASE], check=True,
                       stderr=subprocess.DEVNULL)
        files = sorted(path.relative_to(self.modules) for path in self.modules.rglob("*.ko*"))
        (self.modules / "modules.dep").write_text("".join(f"{file}:\n" for file in files))
        (self.modules / "modules.builtin").write_text(
            "".join(f"kernel/{name}.ko\n" for name in self.builtin))

    def run(self, *words, status=0, **environment):
        done = subprocess.run([str(self.top / "scripts/mkinitramfs"), *map(str, words)],
                              capture_output=True, text=True, check=False, cwd="/",
                              env={**os.environ, **environment})
        assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
        return done

    def pack(self, *words, name="image", status=0, **environment):
        self.index()
        image = self.top / name
        done = self.run("--kernel", self.folder, "--profile", "small", "--compress", "none", *words,
                        "-o", image, status=status, **environment)
        return image if status == 0 else done

    @staticmethod
    def content(image, path):
        return subprocess.run(["bsdtar", "-xOf", str(image), f".{path}"], capture_output=True,
                              check=True).stdout

    def packed(self, image):
        """{name of a module: where it is in an image}"""
        paths = [line.split()[-1] for line in self.run("ls", image).stdout.splitlines()]
        return {Path(path).stem: path.lstrip(".") for path in paths if path.endswith(".ko")}

    def why(self, image, path):
        return self.run("why", image, path).stdout.strip()


@pytest.fixture
def kernel(tmp_path):
    return Kernel(tmp_path)


BELOW = f"/usr/lib/modules/{RELEASE}"


# ---- what brings a module ----

def test_dependencies_softdeps_and_weakdeps_come_along_and_why_tells(kernel):
    kernel.module("first", "depends=need-ed,other", "softdep=pre: before post: behind", "weakdep=weak")
    for name in ("need_ed", "before", "behind", "weak", "unasked"):
        kernel.module(name)
    kernel.module("other", "depends=far")
    kernel.module("far")
    image = kernel.pack()
    assert set(kernel.packed(image)) == \
        {"first", "need_ed", "other", "far", "before", "behind", "weak"}
    for name, reason in (("first", "profile small"), ("need_ed", "dependency of first"),
                         ("far", "dependency of other"), ("before", "softdep of first"),
                         ("behind", "softdep of first"), ("weak", "weakdep of first")):
        assert kernel.why(image, f"{name}.ko") == f"{BELOW}/kernel/{name}.ko: {reason}"


def test_a_softdep_that_this_kernel_has_not_is_no_fault_a_dependency_is(kernel):
    kernel.module("first", "softdep=pre: nowhere", "weakdep=nowhere2")
    assert set(kernel.packed(kernel.pack())) == {"first"}
    kernel.module("first", "depends=nowhere")
    done = kernel.pack(name="other", status=1)
    assert f"kernel {RELEASE} has no module 'nowhere' (dependency of first)" in done.stderr
    assert not (kernel.top / "other").exists()


def test_without_keeps_softdeps_out_but_no_dependency(kernel):
    kernel.module("first", "softdep=pre: wished", "depends=needed")
    kernel.module("wished")
    kernel.module("needed")
    kernel.profile("module first", "without wished needed")
    assert set(kernel.packed(kernel.pack())) == {"first", "needed"}


def test_a_softdep_by_an_alias_brings_the_module_that_has_it(kernel):
    kernel.module("first", "softdep=pre: crypto-sum")
    kernel.module("sum_generic", "alias=crypto-sum")
    image = kernel.pack()
    assert set(kernel.packed(image)) == {"first", "sum_generic"}


def test_a_built_in_module_is_not_packed_and_counts_as_there(kernel):
    kernel.module("first", "depends=inside", "softdep=pre: inside2")
    kernel.builtin = ["inside", "inside2"]
    image = kernel.pack()
    assert set(kernel.packed(image)) == {"first"}
    assert b"inside.ko" in kernel.content(image, f"{BELOW}/modules.builtin")


def test_module_options_add_modules_with_what_they_need(kernel):
    kernel.module("first")
    kernel.module("extra", "depends=deep")
    kernel.module("deep")
    image = kernel.pack("--module", "extra")
    assert set(kernel.packed(image)) == {"first", "extra", "deep"}
    assert kernel.why(image, "extra.ko").endswith("--module extra")


# ---- ours before the kernel's ----

def test_ours_takes_the_place_of_the_kernel_s(kernel):
    kernel.profile("module ours")
    kernel.module("ours", "srcversion=THEIRS")
    image = kernel.pack()
    assert kernel.packed(image) == {"ours": f"{BELOW}/updates/ours.ko"}
    assert kernel.content(image, "/usr/lib/portside/ours/ours") == b"OURS\n"
    image = kernel.pack("--driver", "in-tree", name="in-tree")
    assert kernel.packed(image) == {"ours": f"{BELOW}/kernel/ours.ko"}
    assert b"THEIRS" in kernel.content(image, f"{BELOW}/kernel/ours.ko")


def test_ours_is_packed_though_the_kernel_has_one_built_in(kernel):
    kernel.profile("module ours")
    kernel.builtin = ["ours", "inside"]
    image = kernel.pack()
    assert kernel.packed(image) == {"ours": f"{BELOW}/updates/ours.ko"}
    assert kernel.content(image, f"{BELOW}/modules.builtin") == b"kernel/inside.ko\n"


# ---- compression and signatures ----

@pytest.mark.parametrize("packed", sorted(PACKERS))
def test_a_compressed_module_is_unpacked_and_its_dependencies_are_found(kernel, packed):
    content = kernel.module("first", "depends=second", packed=packed)
    kernel.module("second", packed=packed)
    image = kernel.pack()
    assert kernel.packed(image) == {name: f"{BELOW}/kernel/{name}.ko" for name in ("first", "second")}
    assert kernel.content(image, f"{BELOW}/kernel/first.ko") == content
    assert b"kernel/first.ko:" in kernel.content(image, f"{BELOW}/modules.dep")


def test_a_compressed_module_that_is_damaged_is_named(kernel):
    kernel.module("first")
    (kernel.modules / "kernel/first.ko").rename(kernel.modules / "kernel/first.ko.xz")
    assert "first.ko.xz does not unpack" in kernel.pack(status=1).stderr


def test_debug_information_is_stripped_where_no_signature_holds_it(kernel):
    kernel.module("first", debug=True)
    image = kernel.pack()
    assert b".debug_info" not in kernel.content(image, f"{BELOW}/kernel/first.ko")


def test_a_signed_module_stays_as_it_is(kernel):
    content = kernel.module("first", signed=True, debug=True)
    assert kernel.content(kernel.pack(), f"{BELOW}/kernel/first.ko") == content


def test_stripping_a_signed_module_is_refused(kernel):
    kernel.module("first", signed=True, debug=True)
    done = kernel.pack("--strip", status=1)
    assert "first.ko is signed and stripping would break its signature" in done.stderr
    assert not (kernel.top / "image").exists()
    content = kernel.module("first", signed=True)
    assert kernel.content(kernel.pack("--strip"), f"{BELOW}/kernel/first.ko") == content


def test_an_unsigned_module_for_a_kernel_that_refuses_it_is_refused(kernel):
    kernel.configure("CONFIG_RD_ZSTD=y", "CONFIG_MODULE_SIG_FORCE=y")
    kernel.module("first")
    done = kernel.pack(status=1)
    assert "first.ko is not signed" in done.stderr and "sign it" in done.stderr
    kernel.module("first", signed=True)
    kernel.pack()


# ---- the image's own compression; segments ----

def test_the_image_is_compressed_by_what_the_kernel_reads(kernel):
    kernel.module("first")
    kernel.index()
    for line, magic in (("CONFIG_RD_ZSTD=y", "28b52ffd"), ("CONFIG_RD_GZIP=y", "1f8b"),
                        ("CONFIG_RD_XZ=y", "fd377a58"), ("", "303730373031")):
        kernel.configure(line)
        path = kernel.run("--kernel", kernel.folder, "--profile", "small").stdout.strip()
        assert Path(path).read_bytes().hex().startswith(magic), (line, path)
        assert set(kernel.packed(path)) == {"first"}


@pytest.fixture
def counted(kernel, tmp_path):
    """A compressor that writes down each of its runs."""
    programs = tmp_path / "programs"
    programs.mkdir()
    real = shutil.which("gzip")
    (programs / "gzip").write_text(f"#!/bin/sh\necho run >> {tmp_path}/runs\nexec {real} \"$@\"\n")
    (programs / "gzip").chmod(0o755)

    def pack(*words, **settings):
        (tmp_path / "runs").write_text("")
        image = kernel.pack("--compress", "gzip", *words, **settings,
                            PATH=f"{programs}:{os.environ['PATH']}")
        return image, len((tmp_path / "runs").read_text().split())
    return pack


def test_another_module_makes_only_its_own_segment_again(kernel, counted):
    kernel.profile("dir /dev", "file /big initramfs/init", "module ours")
    kernel.module("first")
    first, runs = counted("--add", kernel.folder / "config", name="a")
    assert runs == 3  # base, modules, overlay
    compiled(kernel.ours / "ours.ko", "name=ours", "srcversion=NEW", text="int y[100] = { 1 };")
    second, runs = counted("--add", kernel.folder / "config", name="b")
    assert runs == 1
    assert kernel.content(second, "/usr/lib/portside/ours/ours") == b"NEW\n"
    segments = {path.name.split("-")[0]: path for path in
                (kernel.top / "build/initramfs/segments").glob("base-*")}
    base = segments["base"].read_bytes()
    assert first.read_bytes().startswith(base) and second.read_bytes().startswith(base)
    third, runs = counted("--add", kernel.folder / "config", name="c")
    assert runs == 0 and third.read_bytes() == second.read_bytes()


# ---- ls, why, diff, and what is refused ----

def test_diff_tells_what_came_went_and_changed(kernel):
    kernel.module("first")
    kernel.module("gone")
    kernel.module("new")
    one = kernel.pack("--module", "gone", name="one")
    kernel.module("first", "alias=now-another")
    two = kernel.pack("--module", "new", name="two")
    assert kernel.run("diff", one, one).stdout == ""
    said = kernel.run("diff", one, two, status=1).stdout
    marks = {line.split()[1]: line[0] for line in said.splitlines()}
    assert marks[f"{BELOW}/kernel/new.ko"] == "+"
    assert marks[f"{BELOW}/kernel/gone.ko"] == "-"
    assert marks[f"{BELOW}/kernel/first.ko"] == "!"
    assert "--module new" in said
    assert not [path for path in marks if path == "/dev"]


def test_diff_tells_another_mode(kernel, tmp_path):
    kernel.module("first")
    (tmp_path / "tool").write_text("#!/bin/sh\n")
    images = []
    for mode in (0o644, 0o755):
        (tmp_path / "tool").chmod(mode)
        images.append(kernel.pack("--add", f"{tmp_path}/tool:/tool", name=f"image{mode}"))
    assert kernel.run("diff", *images, status=1).stdout.startswith("! /tool (mode 0644 -> 0755)")


def test_why_and_ls_of_what_is_not_there_say_so(kernel, tmp_path):
    kernel.module("first")
    image = kernel.pack()
    assert "has no file nothing" in kernel.run("why", image, "nothing", status=1).stderr
    (tmp_path / "other").write_bytes(b"no image")
    done = kernel.run("why", tmp_path / "other", "x", status=1)
    assert "carries no manifest" in done.stderr
    assert "cannot be read" in kernel.run("diff", image, tmp_path / "none", status=1).stderr
    assert kernel.run("ls", tmp_path / "none", status=1).stderr


def test_what_was_added_is_told_with_its_option(kernel, tmp_path):
    kernel.module("first")
    overlay = tmp_path / "overlay"
    (overlay / "etc").mkdir(parents=True)
    (overlay / "etc/with blank").write_text("x")
    (overlay / "etc/link").symlink_to("with blank")
    image = kernel.pack("--overlay", overlay)
    assert kernel.why(image, "/etc/with blank") == f"/etc/with blank: --overlay {overlay}"
    assert kernel.content(image, "/etc/with blank") == b"x"
    assert "link -> with blank" in kernel.run("ls", image).stdout
    (overlay / "a\ttab").write_text("")
    assert "cannot be packed" in kernel.pack("--overlay", overlay, status=1).stderr


def test_ours_that_were_not_compiled_are_told_with_the_command(kernel):
    kernel.module("first")
    shutil.rmtree(kernel.ours)
    done = kernel.pack(status=1)
    assert f"our modules are not compiled for {RELEASE}; run scripts/modules" in done.stderr
    kernel.pack("--driver", "in-tree")
