# SPDX-License-Identifier: GPL-2.0
"""A kernel that has its own virtio_console built in keeps ours out. The
module says so in words, and nothing breaks."""

from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def guest(boot, kernel):
    folder = TOP / "build" / "kernels" / kernel
    if "CONFIG_VIRTIO_CONSOLE=y" not in (folder / "config").read_text():
        pytest.skip("this kernel's driver is a module, which ours replaces")
    release = (folder / "release").read_text().strip()
    module = TOP / "build" / release / "virtio_console.ko"
    if not module.exists():
        pytest.skip("our module has not been built")
    return boot("builtin", ["--port", "taken"], driver="in-tree",
                add=[f"{module}:/tmp/ours.ko"])


def test_a_module_that_is_kept_out_says_by_whom_and_what_to_do(guest):
    result = guest.run("insmod /tmp/ours.ko")
    assert result.status != 0
    log = guest.check("dmesg | grep virtio_console:")
    assert "has a virtio_console of its own" in log
    assert "initcall_blacklist=virtio_console_init" in log


def test_the_kernel_s_driver_goes_on(guest):
    guest.until("grep -q taken /sys/class/virtio-ports/*/name")
    assert guest.run("test -e /sys/kernel/debug/virtio-ports").status == 0


def test_doctor_tells_the_argument_that_lets_an_installed_module_load(guest):
    guest.check("to=/lib/modules/$(uname -r)/updates; mkdir -p $to; "
                "cp /tmp/ours.ko $to/virtio_console.ko")
    result = guest.run("portside doctor --here")
    assert result.status == 1
    assert "virtio_console: it is built into this kernel, so Portside's module" in result.output
    assert "to mend it: add initcall_blacklist=virtio_console_init to the kernel's command line" \
        in result.output
    guest.check("rm -r /lib/modules/$(uname -r)/updates")
    assert "virtio_console: built into the kernel; Portside's is not installed" in \
        guest.run("portside doctor --here").output
