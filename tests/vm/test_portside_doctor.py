# SPDX-License-Identifier: GPL-2.0
"""portside doctor in a guest: each finding it has, from a guest that was broken in
that way. What cannot be had here (a kernel that loads signed modules only) is
put before it by mounts. Where doctor gives a command, the command is what mends."""

import json
from contextlib import contextmanager

import pytest

from harness.modules import in_tree

CONTROL = "/dev/virtio-ports/org.portside.control"


@pytest.fixture(scope="module")
def guest(boot, kernel, driver):
    if driver != "ours":
        pytest.skip("about our modules")
    theirs = in_tree(kernel, "ftdi_sio")
    if not theirs:
        pytest.skip("this kernel has its own ftdi_sio built in")
    # Without the port for data, and without logins: nobody has a line open but who is told to.
    guest = boot("doctor", ["--port", "org.portside.control", "--port", "org.test.0",
                            "-device", "virtio-serial-pci,id=second",
                            "-chardev", "null,id=cn",
                            "-device", "virtserialport,bus=second.0,chardev=cn,name=second",
                            "-device", "qemu-xhci", "--usb-serial"],
                 append="portside.login=off", modules=["kgdboc"],
                 add=[f"{theirs}:/tmp/theirs.ko"])
    guest.until(f"test -e {CONTROL} && test -e /dev/virtio-ports/org.test.0 && "
                "test -e /dev/virtio-ports/second && test -c /dev/ttyUSB0")
    return guest


def findings(guest):
    """{what it is about: finding}; the exit status goes with them."""
    result = guest.run("portside doctor --here --json")
    items = [json.loads(line) for line in result.output.splitlines() if line.startswith("{")]
    found = {item["about"]: item for item in items if item["event"] == "finding"}
    assert result.status == (1 if any(item["bad"] for item in found.values()) else 0), result
    return found


def bad(guest, about):
    found = findings(guest)
    assert found.get(about, {}).get("bad"), f"nothing wrong with {about}: {found}"
    return found[about]


def well(guest, about):
    found = findings(guest).get(about)
    return found is None or not found["bad"]


@contextmanager
def before(guest, path, text):
    """Another file in the place of one of the kernel's."""
    guest.check(f"printf '%s\\n' '{text}' > /tmp/other; mount --bind /tmp/other {path}")
    try:
        yield
    finally:
        guest.check(f"umount {path}")


@contextmanager
def folder_before(guest, path, commands="true"):
    """An empty folder in the place of one, filled by commands that run there."""
    guest.check(f"mount -t tmpfs tmpfs {path} && cd {path} && {commands}")
    try:
        yield
    finally:
        guest.check(f"umount {path}")


@pytest.fixture
def agent(guest):
    """Something has the agent's port."""
    @contextmanager
    def has(command, program):
        guest.check(f"{command} > /tmp/agent.log 2>&1 & echo $! > /tmp/agent.pid")
        node = guest.check(f"basename $(readlink {CONTROL})")
        guest.until(f"grep -q '^guest_connected: 1' /sys/kernel/debug/virtio-ports/{node}")
        try:
            yield guest.check("cat /tmp/agent.pid")
        finally:
            guest.check("kill $(cat /tmp/agent.pid)")
            guest.until(f"grep -q '^guest_connected: 0' /sys/kernel/debug/virtio-ports/{node}")
    return has


# ---- the agent's port ----

def test_a_guest_that_is_well_has_nothing_bad(guest, agent):
    with agent(f"portside agent --control {CONTROL} --data /dev/virtio-ports/org.test.0", "portside"):
        found = findings(guest)
        assert not [item for item in found.values() if item["bad"]], found
        assert found["agent"]["text"] == "it has its ports"
        assert found["virtio_console"]["text"] == found["ftdi_sio"]["text"] == \
            "loaded, from outside the kernel's tree"
        assert "each named port has one" in found["links"]["text"]
        assert guest.check("portside doctor -q") == ""


def test_an_agent_that_does_not_run_is_told(guest):
    found = bad(guest, "agent")
    assert "nothing has them open" in found["text"]
    assert "systemctl start portside-agent, or: portside agent" in found["mend"]


def test_a_program_that_has_the_agent_s_port_is_named(guest, agent):
    with agent(f"tail -f {CONTROL}", "tail") as process:
        assert f"another program has the port org.portside.control: tail (process {process})" \
            in bad(guest, "agent")["text"]


def test_a_guest_without_the_agent_s_port_is_told_what_to_give_qemu(guest):
    with folder_before(guest, "/sys/class/virtio-ports"):
        found = findings(guest)["agent"]
    assert not found["bad"] and "-device virtserialport" in found["text"]


# ---- links ----

def test_a_link_that_is_gone_is_made_again_by_the_command(guest):
    guest.check("rm /dev/virtio-ports/org.test.0")
    found = bad(guest, "links")
    assert found["text"].startswith("1 named ports have no link")
    guest.check(found["mend"])
    assert well(guest, "links")


def test_the_command_for_links_is_the_device_manager_s(guest):
    guest.check("rm /dev/virtio-ports/org.test.0; mkdir /run/udev; touch /run/udev/control")
    assert "udevadm trigger" in bad(guest, "links")["mend"]
    guest.check("rm -r /run/udev")
    with folder_before(guest, "/usr/lib/portside"):
        assert bad(guest, "links")["mend"].startswith("start udev; or without it")
    guest.check(bad(guest, "links")["mend"])


# ---- drivers and devices ----

def test_a_virtio_device_that_was_let_go_is_bound_again_by_the_command(guest):
    device = guest.check("d=$(readlink -f /dev/virtio-ports/second); "
                         "basename $(readlink -f /sys/class/virtio-ports/${d#/dev/}/device)")
    guest.check(f"echo {device} > /sys/bus/virtio/drivers/virtio_console/unbind")
    found = bad(guest, device)
    assert found["text"] == ("a virtio serial device that no driver has, although virtio_console "
                             "is loaded")
    guest.check(found["mend"])
    assert well(guest, device)
    guest.until("test -e /dev/virtio-ports/second")


def test_virtio_console_that_is_not_loaded_is_loaded_by_the_command(guest):
    guest.check("rmmod virtio_console")
    found = {about: item for about, item in findings(guest).items() if item["bad"]}
    [(device, finding)] = found.items()
    assert device.startswith("virtio") and finding["text"].endswith("virtio_console is not loaded")
    guest.check(finding["mend"])
    guest.until("test -e /dev/virtio-ports/second && test -e /dev/virtio-ports/org.test.0 && "
                f"test -e {CONTROL}")
    assert well(guest, device)


def test_a_usb_line_without_its_driver_gets_it_by_the_command(guest):
    guest.check("rmmod ftdi_sio")
    found = {about: item for about, item in findings(guest).items()
             if "USB serial line" in item["text"]}
    [(interface, finding)] = found.items()
    assert finding["bad"] and finding["text"].endswith("ftdi_sio is not loaded")
    guest.check(finding["mend"])
    guest.until("test -c /dev/ttyUSB0")
    guest.check(f"echo {interface} > /sys/bus/usb/drivers/ftdi_sio/unbind")
    found = bad(guest, interface)
    assert found["text"].endswith("although ftdi_sio is loaded")
    guest.check(found["mend"])
    guest.until("test -c /dev/ttyUSB0")
    assert well(guest, interface)


def test_the_kernel_s_own_driver_is_told_apart_from_ours(guest):
    updates = "/lib/modules/$(uname -r)/updates"
    guest.check("rmmod ftdi_sio; insmod /tmp/theirs.ko")
    try:
        found = bad(guest, "ftdi_sio")
        assert "the kernel's own module is loaded although Portside's is installed" in found["text"]
        assert "update-initramfs -u" in found["mend"]
        guest.check(f"mv {updates}/ftdi_sio.ko /tmp/ours.ko")
        assert findings(guest)["ftdi_sio"]["text"] == "the kernel's own is loaded"
        assert well(guest, "ftdi_sio")
        # DKMS has a folder of its own, and some distributions compress.
        guest.check(f"mkdir {updates}/dkms; mv /tmp/ours.ko {updates}/dkms/ftdi_sio.ko.xz")
        bad(guest, "ftdi_sio")
    finally:
        guest.check(f"mv {updates}/dkms/ftdi_sio.ko.xz {updates}/ftdi_sio.ko; rmdir {updates}/dkms; "
                    "rmmod ftdi_sio; modprobe ftdi_sio")
    assert findings(guest)["ftdi_sio"]["text"] == "loaded, from outside the kernel's tree"


@pytest.mark.parametrize("module, initcall", [("virtio_console", "virtio_console_init"),
                                              ("kgdboc", "init_kgdboc")])
def test_a_built_in_driver_that_keeps_ours_out_is_told_with_the_argument(guest, module, initcall):
    updates = "/lib/modules/$(uname -r)/updates"
    with folder_before(guest, "/sys/module", f"mkdir {module}"):
        found = bad(guest, module)
        assert "built into this kernel" in found["text"]
        assert f"initcall_blacklist={initcall}" in found["mend"]
        guest.check(f"mv {updates} /tmp/updates")
        try:
            assert well(guest, module)
            assert "Portside's is not installed for it" in findings(guest)[module]["text"]
        finally:
            guest.check(f"mv /tmp/updates {updates}")


def test_a_guest_without_virtio_is_told(guest):
    with folder_before(guest, "/sys/bus"):
        found = bad(guest, "virtio")
    assert "no virtio driver is loaded" in found["text"] and "modprobe virtio_pci" in found["mend"]


# ---- the kernel's command line ----

def test_a_console_that_is_not_there_is_told_with_qemu_s_option(guest):
    line = "quiet console=hvc7 console=ttyUSB3,115200 console=ttyS9 console=ttyS console=ttyS0"
    with before(guest, "/proc/cmdline", line):
        found = findings(guest)
    assert "virtconsole" in found["console=hvc7"]["mend"]
    assert "usb-serial" in found["console=ttyUSB3"]["mend"]
    assert "isa-serial" in found["console=ttyS9"]["mend"]
    # Not a console, though one that is there begins so.
    assert "console=ttyS" in found
    assert all(item["bad"] for about, item in found.items() if about.startswith("console="))
    assert "console=ttyS0" not in found
    assert not [about for about in findings(guest) if about.startswith("console=")]


def test_a_debugger_that_was_asked_for_and_is_not_loaded_is_told(guest):
    with before(guest, "/proc/cmdline", "console=ttyS0 kgdboc=vport:org.test.0 quiet"):
        found = bad(guest, "kgdboc")
    assert "kgdboc=vport:org.test.0, but the module is not loaded" in found["text"]
    assert found["mend"] == "modprobe kgdboc kgdboc=vport:org.test.0"


# ---- what refuses modules, and what is not mounted ----

def test_a_kernel_that_loads_signed_modules_only_is_told(guest):
    with before(guest, "/sys/module/module/parameters/sig_enforce", "Y"):
        found = bad(guest, "signatures")
    assert "mokutil --import" in found["mend"]
    assert well(guest, "signatures")


def test_lockdown_is_told(guest):
    for state, is_bad in (("none [integrity] confidentiality", True),
                          ("[none] integrity confidentiality", False)):
        with folder_before(guest, "/sys/kernel/security", f"echo '{state}' > lockdown"):
            assert well(guest, "lockdown") is not is_bad
            if is_bad:
                found = bad(guest, "lockdown")
                assert state in found["text"] and "Secure Boot" in found["mend"]


def test_terminals_that_are_not_mounted_are_mounted_by_the_command(guest):
    guest.check("umount -l /dev/pts")
    found = bad(guest, "/dev/pts")
    guest.check(found["mend"])
    assert well(guest, "/dev/pts")


def test_doctor_takes_no_argument(guest):
    assert guest.run("portside doctor word").status == 2
