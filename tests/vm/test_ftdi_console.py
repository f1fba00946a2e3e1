# SPDX-License-Identifier: GPL-2.0
"""The system console on ttyUSB0 with a stock kernel: the whole log from the
first line, a login, SysRq by a break, /dev/console, a panic."""

import pytest

from harness.lines import Line

USB = ["-device", "{controller}", "-chardev",
       "socket,id=usb,path={{run}}/usb.sock,server=on,wait=off,logfile={log}",
       "-device", "usb-serial,chardev=usb,id=usb,always-plugged=on,bus=hcd.0"]
PROMPT = "portside:~# "


def options(log, controller="qemu-xhci,id=hcd"):
    return [word.format(log=log, controller=controller) for word in USB]


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return tmp_path_factory.mktemp("console") / "usb.log"


@pytest.fixture(scope="module")
def guest(boot, log):
    guest = boot("console", options(log), append="console=ttyUSB0,115200 loglevel=7")
    guest.until("grep -q ttyUSB0 /sys/class/tty/console/active")
    return guest


@pytest.fixture(scope="module")
def session(guest):
    """A pexpect session on the USB line, logged in by the getty there."""
    session = guest.expect_on("usb.sock")
    session.sendline("")
    session.expect_exact(PROMPT)
    return session


def text(log):
    return log.read_bytes().replace(b"\r", b"").decode(errors="replace")


@pytest.mark.differs("ftdi-console")
def test_the_whole_boot_log_is_replayed(guest, log):
    """Every line of the kernel's log at the console's level, in its order."""
    guest.check("echo '<4>last-of-the-replay' > /dev/kmsg")
    guest.until("dmesg | grep -q last-of-the-replay")
    lines = guest.check("dmesg -r 2> /dev/null || dmesg").splitlines()
    assert any("Linux version" in line for line in lines)
    end = wait_text(log, "last-of-the-replay")
    assert "Linux version" in end
    at = 0
    for line in guest.check("dmesg").splitlines():
        stamp = line.split("]")[0] + "]"
        if "last-of-the-replay" in line:
            break
        if "out-of-tree" in line or "Linux version" in line or "Command line" in line or \
                "Detected FT232B" in line or "Memory:" in line:
            found = end.find(line.strip(), at)
            assert found >= 0, f"{line} (after {at}, stamp {stamp})"
            at = found
    assert "bytes of the log were lost" not in end


def wait_text(log, wanted, count=1, limit=120):
    """The log's text when something is in it so often."""
    import select
    import time
    deadline = time.monotonic() + limit
    while True:
        content = text(log)
        if content.count(wanted) >= count:
            return content
        assert time.monotonic() < deadline, content[-2000:]
        select.select([], [], [], 0.1)


@pytest.mark.differs("ftdi-console")
def test_the_console_is_known_to_the_kernel(guest):
    assert "ttyUSB0" in guest.check("cat /sys/class/tty/console/active").split()
    assert "ttyUSB0" in guest.check("cat /proc/consoles")


def test_a_login_is_on_the_line(session):
    session.sendline("tty; stty speed")
    session.expect("/dev/ttyUSB0")
    session.expect(r"115(200|38[45])")
    session.expect_exact(PROMPT)


@pytest.mark.differs("ftdi-console")
def test_dev_console_is_the_line(guest, session, log):
    guest.check("echo to-the-console > /dev/console")
    session.expect_exact("to-the-console")


@pytest.mark.differs("ftdi-console")
def test_messages_and_a_session_share_the_line(guest, session):
    """Neither loses a byte while both write."""
    session.sendline("i=0; while [ $i -lt 200 ]; do echo count-$i; i=$((i + 1)); done; echo over")
    # Not waited for: a host that does not read this line stops QEMU and the guest.
    guest.run_and_forget("i=0; while [ $i -lt 100 ]; do echo \"<4>message-$i\" > /dev/kmsg; "
                         "i=$((i + 1)); done")
    session.expect_exact("over\r\n")
    seen = session.before
    session.expect_exact(PROMPT)
    seen += session.before
    guest.check("echo '<4>end-of-messages' > /dev/kmsg")
    session.expect_exact("end-of-messages")
    seen += session.before
    for i in range(200):
        assert b"count-%d" % i in seen
    for i in range(100):
        assert b"message-%d" % i in seen


@pytest.mark.differs("ftdi-console")
def test_a_break_and_a_key_are_sysrq(guest, session):
    guest.check("echo 1 > /proc/sys/kernel/sysrq")
    guest.qmp.execute("chardev-send-break", id="usb")
    session.send("h")
    session.expect("sysrq: HELP")
    session.sendline("")
    session.expect_exact(PROMPT)


@pytest.mark.differs("ftdi-console")
def test_sysrq_may_be_forbidden(guest, session):
    guest.check("echo 0 > /proc/sys/kernel/sysrq")
    guest.qmp.execute("chardev-send-break", id="usb")
    session.send("h")
    guest.check("echo 1 > /proc/sys/kernel/sysrq; echo '<4>now-allowed' > /dev/kmsg")
    session.expect_exact("now-allowed")
    assert b"sysrq" not in session.before
    session.sendline("")
    session.expect_exact(PROMPT)


@pytest.mark.differs("ftdi-console")
def test_an_open_and_close_leave_the_console_working(guest, session):
    guest.check("stty -F /dev/ttyUSB0 > /dev/null")
    guest.check("echo '<4>still-there' > /dev/kmsg")
    session.expect_exact("still-there")
    session.sendline("")
    session.expect_exact(PROMPT)


def test_a_login_comes_back_after_unplugging(guest, session):
    """device_del, device_add: the log goes on, the getty is there again."""
    guest.qmp.execute("device_del", id="usb")
    guest.qmp.wait("DEVICE_DELETED", device="usb")
    guest.until("[ ! -e /dev/ttyUSB0 ]")
    guest.check("echo '<4>while-it-was-away' > /dev/kmsg")
    guest.qmp.execute("device_add", driver="usb-serial", id="usb", chardev="usb", bus="hcd.0",
                      always_plugged=True)
    if guest.driver == "ours":
        session.expect_exact("while-it-was-away")
    session.expect_exact(PROMPT)
    session.sendline("tty")
    session.expect("/dev/ttyUSB0")
    if guest.driver == "ours":
        guest.check("grep -q ttyUSB0 /sys/class/tty/console/active")


@pytest.mark.differs("ftdi-console")
@pytest.mark.parametrize("controller", ["qemu-xhci,id=hcd", "piix3-usb-uhci,id=hcd"])
def test_a_panic_is_told_on_the_line(boot, tmp_path, controller):
    log = tmp_path / "panic.log"
    guest = boot("panic", options(log, controller),
                 append="console=ttyUSB0,115200 loglevel=7 panic_print=0",
                 expect_log=[".*"])
    guest.until("grep -q ttyUSB0 /sys/class/tty/console/active")
    guest.check("echo '<4>end-of-the-replay' > /dev/kmsg")
    wait_text(log, "end-of-the-replay")
    guest.run_and_forget("echo c > /proc/sysrq-trigger")
    assert guest.wait_end() == 120
    seen = text(log)
    assert "sysrq: Trigger a crash" in seen
    assert "Kernel panic - not syncing: sysrq triggered crash" in seen
    assert "\0" not in seen
    # The whole trace, where the bus is quick enough; then pvpanic ends the guest.
    if "xhci" in controller:
        assert "Call Trace" in seen and "</TASK>" in seen


@pytest.mark.differs("ftdi-console")
def test_a_panic_by_sysrq_from_the_line_itself_is_told_on_it(boot, tmp_path):
    """The key is handled in the line's own callback."""
    log = tmp_path / "panic.log"
    guest = boot("panic-key", options(log), append="console=ttyUSB0,115200 loglevel=7",
                 expect_log=[".*"])
    # The getty that starts there flushes the line, and the key with it.
    wait_text(log, PROMPT)
    guest.check("echo 1 > /proc/sys/kernel/sysrq")
    line = guest.socket("usb.sock")
    guest.qmp.execute("chardev-send-break", id="usb")
    line.sendall(b"c")
    assert guest.wait_end() == 120
    assert "Kernel panic - not syncing" in text(log)


def test_without_a_word_on_the_command_line_there_is_no_console(guest, boot, log, tmp_path):
    other = boot("none", options(tmp_path / "usb.log"), append="portside.getty=ttyS0")
    other.until("[ -c /dev/ttyUSB0 ]")
    line = Line(other, "/dev/ttyUSB0")
    assert line("raw", "rate=9600", "write=x", "drain")[3] == "0"
    assert "ttyUSB0" not in other.check("cat /sys/class/tty/console/active")
    assert text(tmp_path / "usb.log") == "x"
