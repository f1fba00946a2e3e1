# SPDX-License-Identifier: GPL-2.0
"""Consoles: boot messages, a login, long output, SysRq, and the last words of
a guest that panics."""

import hashlib

import pytest

from harness.ports import HostEnd

PANIC_STATUS = 120


@pytest.fixture(scope="module")
def guest(boot):
    return boot("hvc", ["--virtio-serial", "max_ports=31",
                        "-chardev", "socket,id=con0,path={run}/hvc0.sock,server=on,wait=off,"
                                    "logfile={run}/hvc0.log",
                        "-device", "virtconsole,chardev=con0,name=main",
                        "-chardev", "file,id=con1,path={run}/hvc1.log",
                        "-device", "virtconsole,chardev=con1",
                        "-chardev", "socket,id=con2,path={run}/hvc2.sock,server=on,wait=off",
                        "-device", "virtconsole,chardev=con2"],
                append="console=hvc0 ignore_loglevel portside.getty=hvc0")


def wait_for(guest, path, text):
    """Until a file on the host holds a text; the guest's answers pace it."""
    for _ in range(2000):
        if text in path.read_text(errors="replace"):
            return path.read_text(errors="replace")
        guest.check("true")
    raise AssertionError(f"no '{text}' in {path.name}: {path.read_text(errors='replace')[-2000:]}")


def test_the_first_messages_of_the_boot_are_on_the_console(guest):
    """The module is loaded long after them; they are replayed."""
    log = wait_for(guest, guest.run_folder / "hvc0.log", "Linux version")
    assert "Command line:" in log


def test_a_login_answers(guest):
    session = guest.expect_on("hvc0.sock")
    session.send("\r")
    session.expect(r"[#$] ")
    session.send("echo ok-$((40 + 2)) on $(tty)\r")
    session.expect("ok-42 on /dev/hvc0")
    session.close()


def test_long_output_arrives_whole_and_in_order(guest):
    guest.check("stty raw < /dev/hvc1; seq 1 30000 > /dev/hvc1; echo end >> /dev/hvc1")
    log = wait_for(guest, guest.run_folder / "hvc1.log", "end\n")
    assert "".join(f"{n}\n" for n in range(1, 30001)) + "end\n" in log


def test_input_arrives_whole(guest):
    host = HostEnd(guest, "hvc2")
    text = b"".join(b"%d\n" % n for n in range(4000))
    guest.check("stty raw -echo < /dev/hvc2")
    guest.check(f"(dd bs=1 count={len(text)} | md5sum) < /dev/hvc2 > /tmp/heard 2> /dev/null & "
                "true")
    guest.until("ls -l /proc/[0-9]*/fd 2> /dev/null | grep -q hvc2")
    host.send(text)
    guest.until(f"grep -q {hashlib.md5(text).hexdigest()} /tmp/heard")
    host.close()


def test_a_flood_of_kernel_messages_arrives_whole(guest):
    guest.check("n=0; while [ $n -lt 300 ]; do echo \"<1>flood-$n-end\" > /dev/kmsg; "
                "n=$((n + 1)); done")
    log = wait_for(guest, guest.run_folder / "hvc0.log", "flood-299-end")
    missing = [n for n in range(300) if f"flood-{n}-end" not in log]
    assert missing == []


def test_sysrq_works_over_the_console(guest):
    """Control-O and a letter, as on every hvc console."""
    guest.check("echo 1 > /proc/sys/kernel/sysrq")
    host = HostEnd(guest, "hvc0")
    host.send(b"\x0fh")
    guest.until("dmesg | grep -q 'sysrq: HELP'")
    host.close()


def test_a_host_that_does_not_read_stops_nobody(guest):
    """QEMU drops what its chardev does not take; the guest goes on."""
    host = HostEnd(guest, "hvc2")
    host.limit_receive_buffer(4096)
    guest.check("stty raw -echo < /dev/hvc2; dd if=/dev/zero bs=64k count=16 2> /dev/null "
                "> /dev/hvc2")
    host.close()


def crash(guest):
    """Panics a guest; the status of scripts/guest."""
    guest._shell.sendall(b"echo c > /proc/sysrq-trigger\n")
    return guest.wait_end()


def test_the_last_words_of_a_panic_reach_the_host(boot, tmp_path):
    log = tmp_path / "last-words"
    guest = boot("panic", ["-device", "virtio-serial-pci",
                           "-chardev", f"file,id=con0,path={log}",
                           "-device", "virtconsole,chardev=con0"],
                 append="console=hvc0 portside.login=off")
    guest.until("true < /dev/hvc0")
    assert crash(guest) == PANIC_STATUS
    text = log.read_text(errors="replace")
    assert "sysrq: Trigger a crash" in text
    assert "Kernel panic - not syncing: sysrq triggered crash" in text


def test_a_panic_does_not_hang_on_a_host_that_does_not_read(boot):
    options = ["-device", "virtio-serial-pci,id=serial"]
    for name, kind in (("hvc0", "virtconsole"), ("busy", "virtserialport")):
        options += ["-chardev", f"socket,id={name},path={{run}}/{name}.sock,server=on,wait=off",
                    "-device", f"{kind},chardev={name},bus=serial.0,name={name}"]
    guest = boot("panic-mute", options,
                 append="console=hvc0 ignore_loglevel")
    guest.until("true < /dev/hvc0")
    mute = [HostEnd(guest, "hvc0"), HostEnd(guest, "busy")]
    guest.until("grep -q '^host_connected: 1' /sys/kernel/debug/virtio-ports/*p1 && "
                "grep -q '^name: busy' /sys/kernel/debug/virtio-ports/*")
    guest.check("(cat /dev/zero > /dev/vport*p1) & n=0; "
                "while [ $n -lt 2000 ]; do echo \"<1>fill-$n\" > /dev/kmsg; n=$((n + 1)); done")
    assert crash(guest) == PANIC_STATUS
    for end in mute:
        end.close()
