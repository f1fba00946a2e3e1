# SPDX-License-Identifier: GPL-2.0
"""USB serial lines that come and go, by the monitor and by their chardev; several
at once; the seed's multiplexed terminal."""

import os

import pexpect
import pytest

from harness import image
from harness.guest import TOP
from harness.lines import find_lines, wait_line
from harness.ports import HostEnd

PROMPT = "portside:~# "


@pytest.fixture(scope="module")
def guest(boot):
    return boot("hotplug", [
        "-device", "qemu-xhci,id=hcd", "-chardev",
        "socket,id=loose,path={run}/loose.sock,server=on,wait=off",
        "-device", "usb-serial,chardev=loose,id=loose,serial=loose,bus=hcd.0"])


def plug(guest, name):
    """As in the seed, by the monitor's two commands."""
    path = guest.run_folder / f"{name}.sock"
    assert guest.qmp.hmp(f"chardev-add socket,id={name},path={path},server=on,wait=off") == ""
    assert guest.qmp.hmp(f"device_add usb-serial,id=dev-{name},chardev={name},serial={name},"
                         f"always-plugged=on,bus=hcd.0") == ""


def unplug(guest, name):
    assert guest.qmp.hmp(f"device_del dev-{name}") == ""
    guest.qmp.wait("DEVICE_DELETED", device=f"dev-{name}")
    assert guest.qmp.hmp(f"chardev-remove {name}") == ""


def test_a_line_comes_and_goes_by_the_monitor(guest):
    for _ in range(3):
        plug(guest, "one")
        line = wait_line(guest, "one")
        end = guest.expect_on("one.sock")
        end.sendline("")
        end.expect_exact(PROMPT)
        end.sendline("tty")
        end.expect_exact(line.node)
        end.close()
        unplug(guest, "one")
        guest.until(f"[ ! -e {line.node} ]")


def test_an_open_line_is_hung_up_when_it_goes(guest):
    plug(guest, "two")
    line = wait_line(guest, "two")
    job = line.start("set=clocal", "hangup", "write=x")
    line.wait_step(job, "hangup")
    unplug(guest, "two")
    assert line.finish(job)[1:] == ["hangup", "-EIO"]


def logins(guest, node):
    """How many processes have a line as their input."""
    return int(guest.run(f"ls -l /proc/[0-9]*/fd/0 | grep -c ' {node}$'").output)


def test_three_lines_at_once_have_a_login_each(guest):
    """Also when the supervisor reads of them only after all are there."""
    names = ["first", "second", "third"]
    supervisor = guest.check("grep -l portside/supervise /proc/[0-9]*/cmdline 2> /dev/null"
                             " | cut -d / -f 3 | sort -n | head -n 1")
    guest.check(f"kill -STOP {supervisor}")
    for name in names:
        plug(guest, name)
    nodes = {name: wait_line(guest, name).node for name in names}
    ends = {name: guest.expect_on(f"{name}.sock") for name in names}
    guest.check(f"kill -CONT {supervisor}")
    for name in names:
        ends[name].sendline("")
        ends[name].expect_exact(PROMPT)
    for name in names:
        ends[name].sendline("tty")
    for name in names:
        ends[name].expect_exact(nodes[name])
    assert len(set(nodes.values())) == 3
    # Two logins on a line would share what is typed.
    assert [logins(guest, node) for node in nodes.values()] == [1, 1, 1]
    # The one in the middle goes; the others keep their names and go on.
    unplug(guest, "second")
    guest.until(f"[ ! -e {nodes['second']} ]")
    for name in ("first", "third"):
        ends[name].sendline("echo still-$((1 + 1))")
        ends[name].expect_exact("still-2")
    for name in ("first", "third"):
        unplug(guest, name)


def test_a_chardev_that_connects_plugs_its_device(guest):
    """Without always-plugged the device is there while someone is connected."""
    assert "loose" not in find_lines(guest)
    for _ in range(2):
        end = guest.expect_on("loose.sock")
        line = wait_line(guest, "loose")
        end.expect_exact(PROMPT)
        end.sendline("tty")
        end.expect_exact(line.node)
        end.close()
        guest.until(f"[ ! -e {line.node} ]")


def test_a_name_of_a_line_that_is_still_open_is_not_given_away(guest):
    """Who holds a dead line does not meet the next device on it."""
    plug(guest, "old")
    old = wait_line(guest, "old")
    job = old.start("set=clocal", "hold")
    old.wait_step(job, "hold")
    unplug(guest, "old")
    plug(guest, "new")
    new = wait_line(guest, "new")
    guest.check(f"kill $(cat /tmp/{job}.pid)")
    end = HostEnd(guest, "new")
    guest.until(f"stty -F {new.node} > /dev/null")
    end.close()
    unplug(guest, "new")


# ---- the seed's multiplexed terminal ----

SERIAL = ["-device", "isa-serial,chardev=char0"]
USB = ["-device", "piix4-usb-uhci", "-device", "usb-serial,chardev=char0"]


@pytest.fixture
def terminal(kernel, driver, tmp_path):
    """A guest on a terminal of its own: HMI, UART and USB line on one stdio."""
    terminals = []

    def start(devices):
        session = pexpect.spawn(
            str(TOP / "scripts" / "guest"),
            ["--name", "m", "--kernel", kernel, "--driver", driver, "--no-agent", "--image",
             str(image.packed(kernel, driver, "minimal")),
             "-chardev", "stdio,mux=on,signal=off,id=char0",
             "-mon", "chardev=char0,mode=readline", *devices],
            env={**os.environ, "PORTSIDE_RUN": str(tmp_path)}, timeout=240, dimensions=(50, 200))
        session.delaybeforesend = None
        terminals.append(session)
        # Both lines show their prompt, whoever has the focus.
        session.expect_exact(PROMPT)
        session.expect_exact(PROMPT)
        return session

    yield start
    for session in terminals:
        session.send("\x01x")
        session.expect(pexpect.EOF)
        session.close()


def ask_tty(session):
    session.send("\rtty\r")
    session.expect(r"/dev/(tty\w+)\r")
    name = session.match[1].decode()
    session.expect_exact(PROMPT)
    return name


def switch(session):
    session.send("\x01c")


def test_the_focus_starts_on_the_device_that_came_last(terminal):
    """The seed's order: ttyS0's prompt is seen, but the keys go to ttyUSB0, so the
    seed had to switch once. Both lines log in; C-a c goes round."""
    session = terminal([*SERIAL, *USB])
    assert ask_tty(session) == "ttyUSB0"
    switch(session)
    session.expect_exact("(qemu)")
    session.send("info usb\r")
    session.expect_exact("Product QEMU USB Serial")
    switch(session)
    assert ask_tty(session) == "ttyS0"
    switch(session)
    assert ask_tty(session) == "ttyUSB0"


def test_with_the_uart_named_last_the_keys_go_to_ttys0(terminal):
    session = terminal([*USB, *SERIAL])
    assert ask_tty(session) == "ttyS0"
    switch(session)
    session.expect_exact("(qemu)")
    switch(session)
    assert ask_tty(session) == "ttyUSB0"
