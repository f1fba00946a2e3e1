# SPDX-License-Identifier: GPL-2.0
"""`make install` and `make uninstall`: staged in a folder, and in a Debian of
their own, as the README says."""

import re
import subprocess

import pytest

from conftest import KERNEL, MODULES, TOP, make

RELEASE = (TOP / "build/kernels" / KERNEL / "release").read_text().strip()


def files_below(folder):
    return {"/" + str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


# ---- staged ----

@pytest.fixture(scope="module")
def staged(tmp_path_factory):
    folder = tmp_path_factory.mktemp("staged") / "a-place"
    make("install", f"DESTDIR={folder}", f"KVER={KERNEL}")
    return folder


def test_a_staged_install_has_the_modules_and_all_that_goes_with_them(staged):
    wanted = {f"/lib/modules/{RELEASE}/updates/{module}.ko" for module in MODULES}
    wanted |= {"/usr/bin/portside", "/usr/lib/udev/rules.d/60-portside.rules",
               "/usr/lib/portside/links", "/usr/lib/systemd/system/portside-agent.service",
               "/usr/lib/dracut/modules.d/70portside/module-setup.sh",
               "/usr/lib/dracut/modules.d/70portside/portside.conf",
               "/usr/lib/initcpio/install/portside", "/usr/share/initramfs-tools/hooks/portside",
               "/usr/share/bash-completion/completions/portside",
               "/usr/share/zsh/vendor-completions/_portside", "/usr/share/man/man1/portside.1"}
    wanted |= {f"/usr/share/man/man4/{module}.4" for module in MODULES}
    # No index of modules either: a package made from the folder must not have one.
    assert files_below(staged) == wanted


def test_what_is_installed_runs(staged):
    done = subprocess.run([str(staged / "usr/bin/portside"), "--version"], capture_output=True,
                          text=True, check=True)
    assert done.stdout.startswith("portside ")


def test_uninstall_takes_out_everything_and_nothing_else(staged):
    others = [staged / f"lib/modules/{RELEASE}/updates/other.ko",
              staged / "usr/share/initramfs-tools/hooks/other"]
    for path in others:
        path.write_text("")
    make("uninstall", f"DESTDIR={staged}", f"KVER={KERNEL}")
    assert {staged / path[1:] for path in files_below(staged)} == set(others)
    for path in others:
        path.unlink()
    make("install-program", f"DESTDIR={staged}")
    make("uninstall", f"DESTDIR={staged}", f"KVER={KERNEL}")
    assert not list(staged.rglob("*"))


# ---- in a Debian ----

@pytest.fixture(scope="module")
def debian_by_hand(new_root, source):
    """The README's own way: make KVER=..., make install."""
    root = new_root("by-hand")
    root.put(source, "/root/portside")
    root.before = {module: root.module(module, "filename") for module in MODULES}
    root.run(f"cd /root/portside; make KVER={root.release}")
    root.log = root.run(f"cd /root/portside; make install KVER={root.release}")
    return root


def in_image(root):
    listing = root.run(f"lsinitramfs /boot/initrd.img-{root.release}")
    return {line for line in listing.splitlines()
            if re.search("virtio_console|ftdi_sio|kgdboc|portside", line)}


@pytest.mark.parametrize("module", MODULES)
def test_an_installed_module_comes_before_the_kernel_s(debian_by_hand, module):
    root = debian_by_hand
    assert root.module(module, "filename").endswith(f"/{root.release}/updates/{module}.ko")
    assert root.module(module, "vermagic").split()[0] == root.release


def test_the_initramfs_is_made_again_with_them(debian_by_hand):
    names = {line.rsplit("/", 1)[-1] for line in in_image(debian_by_hand)}
    assert names >= {"virtio_console.ko", "ftdi_sio.ko", "kgdboc.ko", "60-portside.rules"}
    assert all("/updates/" in line for line in in_image(debian_by_hand) if line.endswith(".ko"))


def test_uninstall_gives_the_kernel_s_back(debian_by_hand):
    root = debian_by_hand
    root.run(f"cd /root/portside; make uninstall KVER={root.release}")
    assert {module: root.module(module, "filename") for module in MODULES} == root.before
    assert not root.run("find / -xdev -path /root -prune -o -path /usr/src -prune -o "
                        "-iname '*portside*' -print -o -path '*/updates/*.ko' -print").strip()
    assert not [line for line in in_image(root) if "updates" in line or "portside" in line]
