# SPDX-License-Identifier: GPL-2.0
"""portside ls, check, cat and doctor: a guest of two serial devices, a console
and a USB line, first as it should be, then broken on purpose in one way after
the other; doctor's own command mends it."""

import hashlib
import re
import subprocess

import pytest

from harness.portside import LIMIT, Portside

TOPOLOGY = [
    "-device", "virtio-rng-pci",
    "--port", "org.test.0", "--port", "a b",
    "-device", "virtio-serial-pci,id=second,max_ports=8",
    "-chardev", "socket,id=c7,path={run}/seven.sock,server=on,wait=off",
    "-device", "virtserialport,bus=second.0,nr=7,chardev=c7,name=seven,id=p7",
    "-chardev", "null,id=cn", "-device", "virtserialport,bus=second.0,nr=3,chardev=cn,id=pn",
    "-chardev", "null,id=cc", "-device", "virtconsole,bus=second.0,chardev=cc,nr=1,name=con",
    "-device", "qemu-xhci", "--usb-serial",
    "-chardev", "socket,id=qmp2,path={run}/qmp2.sock,server=on,wait=off",
    "-mon", "chardev=qmp2,mode=control"]


@pytest.fixture(scope="module")
def guest(boot):
    guest = boot("naming", TOPOLOGY, agent=True)
    guest.until("test -e /dev/virtio-ports/seven && test -c /dev/ttyUSB0")
    return guest


@pytest.fixture(scope="module")
def portside(guest):
    return Portside(guest)


@pytest.fixture
def monitor(guest):
    return ["--monitor", str(guest.run_folder / "qmp2.sock")]


def bad(findings):
    """{what it is about: text} of the bad findings."""
    return {item["about"]: item["text"] for item in findings
            if item["event"] == "finding" and item["bad"]}


# ---- ls ----

def test_ls_in_the_guest_tells_names_nodes_links_and_states(portside, guest):
    items = portside.json("exec", "portside", "ls", "--here", "--json")
    ports = {item.get("name"): item for item in items if item["event"] == "port"}
    seven = ports["seven"]
    assert seven["id"] == 7 and seven["link"] == "seven" and seven["index"] == seven["virtio"]
    assert guest.check("readlink -f /dev/virtio-ports/seven") == "/dev/" + seven["node"]
    assert seven["host_connected"] is False
    assert ports["a b"]["link"] == "a_b"
    assert ports["con"]["console"] is True
    assert ports["org.portside.control"]["host_connected"] is True
    assert ports["org.portside.control"]["user"].startswith("portside (process ")
    assert ports["org.portside.control"]["sent"] > 0
    assert ports["seven"]["index"] != ports["a b"]["index"]
    lines = {item["tty"]: item for item in items if item["event"] == "line"}
    assert lines["ttyUSB0"]["driver"] == "ftdi_sio" and lines["ttyUSB0"]["vendor"] == "0403"
    assert lines["hvc0"]["opens"] is True


def test_ls_on_the_host_tells_guests_and_their_chardevs(portside, guest):
    items = portside.json("ls")
    assert [item["name"] for item in items if item["event"] == "guest"] == ["g"]
    chardevs = {item["id"]: item for item in items if item["event"] == "chardev"}
    assert chardevs["c7"]["name"] == "seven" and chardevs["c7"]["number"] == 7
    assert chardevs["c7"]["target"].endswith("/seven.sock")
    text = portside.run("ls").stdout
    assert "another program is connected" in text  # this test's own connection
    assert re.search(r"^  c7 +virtserialport", text, re.M)


# ---- check ----

def test_names_fit_what_qemu_s_command_line_says(portside):
    findings = portside.json("check")
    assert bad(findings) == {}
    assert any(item.get("about") == "seven" for item in findings)


def test_names_fit_what_qemu_s_monitor_says(portside, monitor):
    findings = portside.json("check", *monitor)
    assert bad(findings) == {}
    assert len(findings) > 8


def test_a_port_that_is_plugged_is_checked_through_the_monitor(portside, guest, monitor):
    guest.qmp.execute("chardev-add", id="ch", backend={"type": "null", "data": {}})
    guest.qmp.execute("device_add", driver="virtserialport", id="hot", bus="second.0",
                      chardev="ch", name="hot.port")
    guest.until("test -e /dev/virtio-ports/hot.port")
    try:
        assert bad(portside.json("check", *monitor)) == {}
        # The command line does not have it.
        process = (guest.run_folder / "pid").read_text().strip()
        found = bad(portside.json("check", "--process", process, status=1))
        assert "QEMU was told nothing of it" in str(found)
    finally:
        guest.qmp.execute("device_del", id="hot")
        guest.qmp.wait("DEVICE_DELETED", device="hot")
        guest.qmp.execute("chardev-remove", id="ch")
        guest.until("! test -e /dev/virtio-ports/hot.port")


def test_a_link_that_is_gone_or_wrong_is_told(portside, guest):
    guest.check("cd /dev/virtio-ports; readlink seven > /tmp/link; rm seven")
    assert "no link" in str(bad(portside.json("check", status=1)))
    guest.check("ln -s $(readlink /dev/virtio-ports/a_b) /dev/virtio-ports/seven")
    assert bad(portside.json("check", status=1)) != {}
    guest.check("ln -sfn $(cat /tmp/link) /dev/virtio-ports/seven")
    assert bad(portside.json("check")) == {}


def test_a_node_of_another_device_is_told(portside, guest):
    node = guest.check("readlink -f /dev/virtio-ports/seven")
    guest.check(f"mv {node} /dev/kept; mknod -m 0600 {node} c 1 3")
    done = portside.run("check", status=1)
    assert f"BAD {node[5:]}: {node} is device 1:3, sysfs says" in done.stdout
    guest.check(f"mv /dev/kept {node}")
    portside.run("check")


def test_a_report_from_a_guest_without_an_agent_will_do(portside, guest, tmp_path):
    report = tmp_path / "report"
    report.write_text(guest.check("portside ls --here --json"))
    assert bad(portside.json("check", "--report", report)) == {}
    kept = [line for line in report.read_text().splitlines() if '"seven"' not in line]
    report.write_text("\n".join(kept))
    assert "the guest has no such port" in \
        bad(portside.json("check", "--report", report, status=1))["seven"]


def test_a_guest_checks_its_own_names(guest):
    assert guest.run("portside check").status == 0
    guest.check("rm /dev/virtio-ports/a_b")
    assert guest.run("portside check --here -q").status == 1
    guest.check("/usr/lib/portside/links --scan")
    assert guest.run("portside check").status == 0


# ---- cat ----

def test_cat_carries_both_ways(portside, guest):
    command = portside.start("cat", "seven", stdin=subprocess.PIPE)
    node = guest.check("readlink -f /dev/virtio-ports/seven")[5:]
    guest.until(f"grep -q '^host_connected: 1' /sys/kernel/debug/virtio-ports/{node}")
    guest.check("(exec 3<> /dev/virtio-ports/seven; read line <&3; echo \"guest has $line\" >&3) "
                "> /tmp/cat.log 2>&1 &")
    command.stdin.write(b"a line\n")
    command.stdin.flush()
    assert command.stdout.readline() == b"guest has a line\n"
    command.kill()
    command.communicate()


def test_cat_in_the_guest_sends_everything_and_ends(portside, guest):
    receiver = portside.start("cat", "--receive", "seven")
    # Less than a pipe holds: nobody reads it before the guest is done.
    guest.check("dd if=/dev/urandom of=/tmp/noise bs=1k count=40 2> /dev/null; "
                "portside cat --send seven < /tmp/noise")
    digest = guest.check("sha256sum /tmp/noise").split()[0]
    data = b""
    while len(data) < 40 << 10:
        data += receiver.stdout.read1(65536)
    receiver.kill()
    receiver.communicate()
    assert digest == hashlib.sha256(data).hexdigest()


def test_cat_on_a_port_that_is_in_use_says_so(guest):
    result = guest.run("portside cat org.portside.control")
    assert result.status == 8
    assert "is in use by another program" in result.output


# ---- doctor ----

def test_a_guest_that_is_well_has_no_bad_finding(portside):
    done = portside.run("doctor", status=None)
    bad_lines = [line for line in done.stdout.splitlines() if line.startswith("BAD")]
    assert not [line for line in bad_lines if "kvm" not in line], done.stdout
    assert "g: virtio_console: loaded" in done.stdout


def mend(portside, about):
    """The command that doctor gives for what it found."""
    items = [item for item in portside.json("doctor", status=None)
             if item.get("about") == about and item.get("bad")]
    assert items, f"doctor finds nothing wrong with {about}"
    return items[0]["mend"]


def test_doctor_finds_terminals_that_are_not_mounted(portside, guest):
    guest.check("umount -l /dev/pts")
    command = mend(portside, "/dev/pts")
    guest.check(command)
    assert not [item for item in portside.json("doctor", status=None)
                if item.get("about") == "/dev/pts"]


def test_doctor_finds_links_that_are_not_there(portside, guest):
    guest.check("rm /dev/virtio-ports/seven")
    assert "links" in [item.get("about") for item in portside.json("doctor", status=1)
                       if item.get("bad")]
    guest.check("/usr/lib/portside/links --scan; test -e /dev/virtio-ports/seven")


def test_doctor_tells_who_has_the_guest(portside):
    first = portside.start("exec", "sh", "-c", "echo ready; read line", stdin=subprocess.PIPE)
    assert first.stdout.readline() == b"ready\n"
    done = portside.run("doctor", status=1)
    assert f"its agent serves another host command: process {first.pid}" in done.stdout
    first.communicate(b"\n")


def test_doctor_finds_a_folder_that_was_left_behind(portside, guest, tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "pid").write_text("4194304\n")
    done = subprocess.run([*portside.words("doctor")], capture_output=True, text=True,
                          env={**portside.environment, "PORTSIDE_RUN": str(tmp_path)},
                          check=False, timeout=LIMIT)
    assert done.returncode == 1
    assert f"to mend it: rm -r '{tmp_path}/old'" in done.stdout
