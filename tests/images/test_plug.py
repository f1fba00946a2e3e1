# SPDX-License-Identifier: GPL-2.0
"""portside plug --show: which modules it would load for a device, in which order and
with which parameters, against kmod's own modprobe and on made-up trees. Nothing is loaded."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
KERNEL = os.environ.get("GUEST", "6.1")
PROGRAM = TOP / "build" / "bin" / "portside-guest"
STOCK = (TOP / "build" / "kernels" / KERNEL / "modules").resolve()


def plug(modules, alias, config="/nowhere/", command_line="/dev/null", status=0):
    done = subprocess.run(
        [PROGRAM, "plug", "--show", alias, "--modules", modules, "--config", config,
         "--command-line", command_line], capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    return done.stdout.splitlines()


def names(lines):
    return [Path(line.split()[0]).name.split(".")[0].replace("-", "_") for line in lines]


@pytest.mark.parametrize("alias", [
    "virtio_console", "ftdi-sio", "xhci_pci", "uhci_hcd", "ext4", "btrfs", "cifs", "9pnet_virtio",
    "virtio:d00000003v00001AF4",
    "usb:v0403p6001d0400dc00dsc00dp00icFFiscFFipFFin00",
    "pci:v00001B36d0000000Dsv00001AF4sd00001100bc0Csc03i30"])
def test_the_order_is_that_of_kmod(alias):
    root = STOCK.parents[2]
    if root / "lib/modules" / STOCK.name != STOCK:
        pytest.skip("this kernel's modules are not below lib/modules")
    done = subprocess.run(
        [shutil.which("modprobe", path="/usr/sbin:/sbin:/usr/bin"), "-S", STOCK.name, "-d", root,
         "-C", STOCK / "modules.softdep", "--show-depends", alias],
        capture_output=True, text=True, check=True)
    wanted = [Path(line.split()[1]).name.split(".")[0].replace("-", "_")
              for line in done.stdout.splitlines() if line.startswith("insmod")]
    # modprobe's list repeats what several modules need, and has of a module's lines of
    # softdeps only the first.
    ours = names(plug(STOCK, alias))
    assert [name for name in ours if name in wanted] == list(dict.fromkeys(wanted))
    assert ours[-1] == wanted[-1]


class Tree:
    """A made-up lib/modules/RELEASE."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "modules.dep").write_text(
            "kernel/top.ko: kernel/middle.ko kernel/low.ko\n"
            "kernel/middle.ko: kernel/low.ko\n"
            "kernel/low.ko:\n"
            "kernel/early-bird.ko:\n"
            "kernel/late.ko:\n"
            "updates/console.ko:\n")
        (folder / "modules.alias").write_text(
            "# Aliases extracted from modules themselves.\n"
            "alias pci:v*d00001003sv*sd*bc*sc*i* top\n"
            "alias pci:v00001AF4d*sv*sd*bc*sc*i* console\n"
            "alias usb:v[0-1]403p* late\n"
            "alias absent:* not_in_this_tree\n")
        (folder / "modules.softdep").write_text("")

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path)


def test_what_a_module_needs_comes_before_it(tree):
    assert names(plug(tree.folder, "top")) == ["low", "middle", "top"]


def test_an_alias_brings_every_module_that_serves_it(tree):
    assert names(plug(tree.folder, "pci:v00001AF4d00001003sv0sd0bc07sc80i00")) == [
        "low", "middle", "top", "console"]


def test_brackets_in_an_alias_are_a_choice(tree):
    assert names(plug(tree.folder, "usb:v0403p6001")) == ["late"]
    assert plug(tree.folder, "usb:v2403p6001", status=1) == []


@pytest.mark.parametrize("name", ["early_bird", "early-bird"])
def test_a_hyphen_and_an_underscore_are_one(tree, name):
    assert names(plug(tree.folder, name)) == ["early_bird"]


def test_softdeps_come_before_and_after(tree):
    tree.write("modules.softdep", "softdep top pre: early_bird absent post: late\n")
    assert names(plug(tree.folder, "top")) == ["low", "middle", "early_bird", "top", "late"]


def test_softdeps_in_a_circle_end(tree):
    tree.write("modules.softdep", "softdep low pre: late\nsoftdep late post: low\n")
    assert sorted(names(plug(tree.folder, "low"))) == ["late", "low"]


def test_parameters_come_from_settings_and_then_from_the_command_line(tree):
    config = tree.folder / "modprobe.d"
    config.mkdir()
    (config / "a.conf").write_text("# options console no=1\noptions console tx=1 rx=2\n")
    (config / "not-a-setting").write_text("options console wrong=1\n")
    line = tree.write("cmdline", 'quiet console.note="two words" early-bird.x=1 console=ttyS0\n')
    assert plug(tree.folder, "console", f"{config}/", line) == [
        'updates/console.ko tx=1 rx=2 note="two words"']
    assert plug(tree.folder, "early_bird", f"{config}/", line) == ["kernel/early-bird.ko x=1"]


def test_a_blacklisted_module_is_loaded_by_name_but_for_no_device(tree):
    config = tree.folder / "modprobe.d"
    config.mkdir()
    (config / "b.conf").write_text("blacklist console\n")
    assert names(plug(tree.folder, "console", f"{config}/")) == ["console"]
    assert "console" not in names(plug(tree.folder, "pci:v00001AF4d00001003sv", f"{config}/",
                                       status=1))


def test_a_device_that_no_module_serves_is_no_error_in_words(tree):
    assert plug(tree.folder, "acpi:PNP0C0F:", status=1) == []
    assert plug(tree.folder, "absent:x", status=1) == []


def test_without_an_index_the_missing_file_is_named(tmp_path):
    done = subprocess.run([PROGRAM, "plug", "--modules", tmp_path], capture_output=True,
                          text=True, check=False)
    assert done.returncode != 0
    assert f"{tmp_path}/modules.dep" in done.stderr
