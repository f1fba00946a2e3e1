# SPDX-License-Identifier: GPL-2.0
"""Images that other tools make with our hooks: each is booted, and what runs in
it is ours. The root file system has no modules, so all that is loaded came
from the image; in it the agent runs as a unit of systemd."""

import json
import os
import re
import select
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from pexpect import fdpexpect

from conftest import MODULES, TOP, as_root, run

PORTSIDE = TOP / "build" / "bin" / "portside"
LIMIT = 900


@pytest.fixture(scope="module")
def parts(installed, tmp_path_factory):
    """Kernel, disk and srcversions of the Debian with our packages."""
    folder = tmp_path_factory.mktemp("parts")
    disk = folder / "disk"
    root = installed
    # A second mount of it: without what is mounted in it, and less what a guest needs not.
    root.run("true", outside=f"""
        mkdir /tmp/bare.$$; mount --bind "$root" /tmp/bare.$$; bare=/tmp/bare.$$
        for away in usr/lib/modules usr/src usr/lib/gcc usr/lib/dracut boot root var/lib/dkms \
            var/cache/apt var/lib/apt; do mount -t tmpfs tmpfs "$bare/$away"; done
        truncate -s 3G '{disk}'
        mke2fs -q -F -t ext4 -d "$bare" '{disk}'
        umount -l "$bare"; rmdir "$bare"
        chown {os.getuid()} '{disk}'""")
    kernel = root.get(f"/boot/vmlinuz-{root.release}", folder / "vmlinuz")
    yield {"disk": disk, "kernel": kernel, "release": root.release,
           "srcversion": {module: root.module(module, "srcversion") for module in MODULES}}
    run(*as_root("rm", "-rf", folder))


@pytest.fixture(scope="module")
def initramfs_tools_image(installed, tmp_path_factory):
    return installed.get(f"/boot/initrd.img-{installed.release}",
                         tmp_path_factory.mktemp("initramfs-tools") / "image")


@pytest.fixture(scope="module")
def dracut_image(installed, tmp_path_factory):
    log = installed.run("dracut --no-hostonly --drivers 'virtio_blk ext4' --force /root/dracut.img " +
                        installed.release)
    assert "FAILED" not in log, log
    return installed.get("/root/dracut.img", tmp_path_factory.mktemp("dracut") / "image")


class Booted:
    """A guest by scripts/guest with an image of another tool."""

    def __init__(self, parts, image, label, *options):
        self.folder = Path(tempfile.mkdtemp(prefix="ps-", dir="/tmp"))
        self.log = TOP / "build" / "results" / f"packaging.{label}.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.environment = {**os.environ, "PORTSIDE_RUN": str(self.folder)}
        self.process = subprocess.Popen(
            ["scripts/guest", "--name", "g", "--kernel", str(parts["kernel"]), "--image", str(image),
             "--memory", "1G", "--usb-serial", "--port", "test.port",
             "-chardev", f"socket,id=log,path={self.folder}/g/console.sock,server=on,wait=off,"
                         f"logfile={self.log}",
             "-device", "isa-serial,chardev=log", *options],
            cwd=TOP, env=self.environment, stdin=subprocess.DEVNULL)

    def portside(self, *words, status=0):
        done = subprocess.run([str(PORTSIDE), words[0], "--timeout", str(LIMIT), *words[1:]],
                              capture_output=True, text=True, env=self.environment,
                              stdin=subprocess.DEVNULL, timeout=LIMIT, check=False)
        assert status is None or done.returncode == status, \
            (words, done.returncode, done.stdout, done.stderr, self.tail())
        return done.stdout

    def tail(self):
        return self.log.read_text(errors="replace")[-4000:] if self.log.exists() else ""

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(LIMIT)
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="module", params=["initramfs_tools", "dracut"])
def guest(request, parts):
    image = request.getfixturevalue(f"{request.param}_image")
    guest = Booted(parts, image, request.param,
                   "-drive", f"file={parts['disk']},if=virtio,format=raw,snapshot=on",
                   "--append", "root=/dev/vda rw panic= systemd.show_status=1")
    try:
        guest.portside("ping", "--wait")
        yield guest
    finally:
        guest.close()


def test_the_image_brought_our_modules(guest, parts):
    for module in ("virtio_console", "ftdi_sio"):
        assert guest.portside("exec", "cat", f"/sys/module/{module}/srcversion").strip() == \
            parts["srcversion"][module]
    assert guest.portside("exec", "sh", "-c", "ls /lib/modules").strip() == ""
    assert guest.portside("exec", "cat", "/proc/1/comm").strip() == "systemd"


def test_ports_and_lines_have_their_names(guest):
    guest.portside("check")
    guest.portside("exec", "sh", "-c",
                   "test -L /dev/virtio-ports/test.port && test -c /dev/ttyUSB0")


def test_the_agent_is_the_unit_of_the_package(guest):
    assert guest.portside("exec", "systemctl", "is-active", "portside-agent").strip() == "active"
    assert guest.portside("exec", "systemctl", "show", "-P", "ExecMainStatus",
                          "portside-agent").strip() == "0"


def test_the_guest_s_doctor_has_nothing_bad_to_say(guest):
    text = guest.portside("exec", "portside", "doctor", "--here", "--json", status=None)
    findings = [json.loads(line) for line in text.splitlines()]
    assert not [item for item in findings if item.get("bad") and item["event"] == "finding"]
    loaded = [item for item in findings if item.get("about") == "virtio_console"]
    assert "from outside the kernel's tree" in loaded[0]["text"]


def test_shutdown_is_systemd_s(guest):
    guest.portside("shutdown")
    assert guest.process.wait(LIMIT) == 0
    assert re.search("Reached target.*(Power|System).Off|reboot: Power down|Power Off", guest.tail())


def test_the_initramfs_shell_has_our_modules(parts, initramfs_tools_image):
    """Without a root file system the image's own shell is on the console."""
    guest = Booted(parts, initramfs_tools_image, "initramfs-shell", "--append", "panic=")
    try:
        console = expect_on(guest)
        console.expect_exact("(initramfs)")
        console.send("cat /sys/module/virtio_console/srcversion\r")
        console.expect_exact(parts["srcversion"]["virtio_console"])
        console.expect_exact("(initramfs)")
        console.send("readlink /dev/virtio-ports/test.port\r")
        console.expect(r"\.\./vport\d+p\d+")
    finally:
        guest.close()


def expect_on(guest):
    """A session on the guest's first console, as soon as its socket is there."""
    path = guest.folder / "g" / "console.sock"
    connection = socket.socket(socket.AF_UNIX)
    deadline = time.monotonic() + LIMIT
    while True:
        try:
            connection.connect(str(path))
            break
        except (FileNotFoundError, ConnectionRefusedError):
            assert guest.process.poll() is None and time.monotonic() < deadline, guest.tail()
            select.select([], [], [], 0.05)
    session = fdpexpect.fdspawn(connection.detach(), timeout=LIMIT, encoding="utf-8",
                                codec_errors="replace")
    session.delaybeforesend = None
    return session


# ---- mkinitcpio: no package of Debian's, so its hook is run against stand-ins ----

def test_the_mkinitcpio_hook_names_modules_and_files_that_install_brings(tmp_path):
    hook = TOP / "packaging/mkinitcpio/portside"
    run("bash", "-n", hook)
    said = run("bash", "-euc", f"""
        add_module() {{ echo "module $1"; }}
        add_file() {{ echo "file $1"; mkdir -p "$BUILDROOT${{1%/*}}"; cp udev/60-portside.rules "$BUILDROOT$1"; }}
        BUILDROOT={tmp_path}
        . {hook}
        build
        help""").splitlines()
    modules = {line.split()[1].rstrip("?") for line in said if line.startswith("module ")}
    assert modules == {*MODULES, "virtio_pci", "xhci_pci"}
    assert [line for line in said if "/dev/virtio-ports" in line], "help() says nothing"
    for path in re.findall(r"add_file (\S+)", hook.read_text()):
        assert f":{path.removeprefix('/usr/')} " in (TOP / "packaging/build.mk").read_text()
