# SPDX-License-Identifier: GPL-2.0
"""The Debian packages: what is in them, and what installing and removing them
does to a Debian: modules by DKMS, the initramfs, the agent's unit."""

import re
import shutil

import pytest

from conftest import MODULES, TOP, install_debs, run


def version_of(path, pattern):
    return re.search(pattern, (TOP / path).read_text())[1]


def test_every_place_says_the_same_version():
    version = version_of("tools/version.h", r'PORTSIDE_VERSION "(.*)"')
    assert version_of("debian/changelog", r"^portside \(([^)-]*)") == version
    assert version_of("dkms.conf", r'PACKAGE_VERSION="(.*)"') == version


def test_make_deb_makes_both_packages(packages):
    assert sorted(packages) == ["portside", "portside-dkms"]


def contents(package):
    lines = run("dpkg", "-c", package).splitlines()
    return {line.split()[5].lstrip(".") for line in lines if not line.startswith("d")}


def test_the_program_s_package_has_no_module(packages):
    files = contents(packages["portside"])
    assert {"/usr/bin/portside", "/usr/share/man/man1/portside.1.gz",
            "/usr/share/man/man4/ftdi_sio.4.gz"} <= files
    assert any(path.endswith("/systemd/system/portside-agent.service") for path in files)
    assert any(path.endswith("/udev/rules.d/60-portside.rules") for path in files)
    assert not [path for path in files if ".ko" in path or "/modules/" in path]


def test_the_modules_package_has_what_compiling_needs_and_no_more(packages):
    version = version_of("dkms.conf", r'PACKAGE_VERSION="(.*)"')
    files = contents(packages["portside-dkms"])
    tree = f"/usr/src/portside-{version}"
    assert {f"{tree}/dkms.conf", f"{tree}/Kbuild", f"{tree}/scripts/modules",
            f"{tree}/drivers/virtio_console/module.c"} <= files
    assert not [path for path in files if re.search(r"\.(ko|o|cmd)$|/tests/|/tools/", path)]


@pytest.mark.skipif(not shutil.which("lintian"), reason="no lintian here")
@pytest.mark.parametrize("name", ["portside", "portside-dkms"])
def test_lintian_has_no_errors(packages, name):
    run("lintian", "--allow-root", "--fail-on", "error", "--no-cfg", packages[name])


@pytest.mark.parametrize("module", MODULES)
def test_dkms_compiles_and_ours_come_first(installed, module):
    root = installed
    assert root.module(module, "filename").endswith(f"/updates/dkms/{module}.ko")
    assert root.module(module, "vermagic").split()[0] == root.release
    status = root.run("dkms status")
    assert re.search(rf"portside/\S+, {re.escape(root.release)}, x86_64: installed", status), status


def test_the_agent_starts_when_its_port_comes(installed):
    wanted = installed.run("ls /etc/systemd/system/*/portside-agent.service")
    assert wanted.strip() == (r"/etc/systemd/system/dev-virtio\x2dports-org.portside.control."
                              "device.wants/portside-agent.service")
    installed.run("systemd-analyze verify --man=no portside-agent.service")


def test_the_initramfs_has_them_at_once(installed):
    root = installed
    listing = root.run(f"lsinitramfs /boot/initrd.img-{root.release}")
    for module in MODULES:
        assert re.search(rf"/updates/dkms/{module}\.ko$", listing, re.M), f"no {module}"
        assert len(re.findall(rf"/{module}\.ko", listing)) == 1
    assert "rules.d/60-portside.rules" in listing


def test_removing_gives_the_kernel_s_back_and_leaves_nothing(new_root, packages):
    root = new_root("removed")
    before = {module: root.module(module, "filename") for module in MODULES}
    files = "find / -xdev -path /root -prune -o -path /var -prune -o -path /boot -prune -o -print"
    files_before = set(root.run(files).splitlines())
    install_debs(root, packages)
    root.run("apt-get purge -y portside portside-dkms")
    assert {module: root.module(module, "filename") for module in MODULES} == before
    listing = root.run(f"lsinitramfs /boot/initrd.img-{root.release}")
    assert "updates" not in listing and "portside" not in listing
    left = set(root.run(files).splitlines()) - files_before
    # DKMS makes its key for signing modules once for the whole machine.
    assert not {path for path in left if "mok" not in path}, left
