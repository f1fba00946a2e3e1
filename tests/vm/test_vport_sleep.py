# SPDX-License-Identifier: GPL-2.0
"""The machine sleeps and wakes with ports open, threads waiting and data on
its way. The kernel's own test mode suspends every device, waits, and resumes."""

import threading

import pytest

from harness.ports import HostEnd, Probe, wait_ports

READER, WRITER, POLLER = 1, 2, 3
SLOT = 3


@pytest.fixture(scope="module")
def guest(boot):
    ports = []
    for name in ("alpha", "beta"):
        ports += ["-chardev", f"socket,id=c-{name},path={{run}}/{name}.sock,server=on,wait=off",
                  "-device", f"virtserialport,id={name},chardev=c-{name},name={name}"]
    guest = boot("sleep", ["-device", "virtio-serial-pci", *ports,
                           "-chardev", "file,id=con,path={run}/multi.log",
                           "-device", "virtconsole,chardev=con,name=con",
                           "-device", "virtio-serial-pci,id=single,max_ports=1",
                           "-chardev", "file,id=lone,path={run}/single.log",
                           "-device", "virtconsole,bus=single.0,chardev=lone"],
                 append="no_console_suspend console=hvc0 ignore_loglevel")
    guest.check("echo devices > /sys/power/pm_test")
    return guest


@pytest.fixture(scope="module")
def probe(guest):
    return Probe(guest)


@pytest.fixture(scope="module")
def ports(guest):
    return wait_ports(guest, "alpha", "beta", "con")


@pytest.fixture
def host(guest, ports, probe):
    end = HostEnd(guest, "alpha")
    probe.connected(ports[0])
    probe.open(SLOT, ports[0])
    yield end
    end.close()
    probe("cancel")
    probe("close", SLOT)
    probe.connected(ports[0], False)


def sleep(guest, seconds=0, meanwhile=None, port="alpha"):
    """Suspends and resumes; calls `meanwhile` when the device has been reset,
    which the host sees as a close of an open port. (Not by the event: QEMU
    drops one that another follows within a second.)"""
    guest.check(f"echo {seconds} > /sys/module/suspend/parameters/pm_test_delay")
    if not meanwhile:
        guest.check("echo freeze > /sys/power/state")
        return
    result = []
    thread = threading.Thread(
        target=lambda: result.append(guest.run("echo freeze > /sys/power/state")))
    thread.start()
    while guest_is_on(guest, port):
        thread.join(0.01)
        assert thread.is_alive(), f"did not sleep: {result[0]}\n{guest.run('dmesg | tail -30').output}"
    meanwhile()
    thread.join()
    assert result[0].status == 0, result[0].output


def guest_is_on(guest, port):
    """Whether QEMU has a port as open in the guest."""
    tree = guest.qmp.hmp("info qtree")
    return "guest on" in tree[tree.index(f'id "{port}"'):].split("port ", 1)[1].split("\n")[0]


@pytest.mark.differs("sleep")
def test_those_who_wait_sleep_on_and_get_what_comes_later(guest, probe, host):
    """Nobody is told that the host has gone, because it has not."""
    probe.start(READER, "read", SLOT, 100)
    sleep(guest)
    assert probe.is_waiting(READER)
    host.send(b"good-morning")
    assert probe.result(READER) == "12 text:good-morning"
    probe.start(POLLER, "poll", SLOT, 600000, "i")
    sleep(guest)
    assert probe.is_waiting(POLLER)
    host.send(b"!")
    assert probe.result(POLLER) == "IN"
    assert probe("read", SLOT, 10) == "1 text:!"


@pytest.mark.differs("sleep")
def test_what_had_come_before_the_sleep_is_read_after_it(guest, probe, host):
    host.send(b"before-the-night")
    probe.until("16", "ioctl", SLOT, "FIONREAD")
    sleep(guest)
    assert probe("read", SLOT, 100) == "16 text:before-the-night"


def test_what_comes_in_the_sleep_is_read_after_it(guest, probe, host):
    sleep(guest, 2, lambda: host.send(b"in-the-night"))
    probe.until("IN,RDNORM,OUT", "poll", SLOT, 1000)
    assert probe("read", SLOT, 100) == "12 text:in-the-night"


def test_a_host_that_left_in_the_sleep_has_left(guest, probe, host, ports):
    probe.start(READER, "read", SLOT, 100)
    sleep(guest, 2, host.close)
    assert probe.result(READER) == "0"
    probe.connected(ports[0], False)


@pytest.mark.differs("sleep", run=False)
def test_a_host_that_came_in_the_sleep_is_there(guest, probe, ports):
    probe.open(SLOT, ports[1])
    probe.start(WRITER, "write", SLOT, "hello")
    ends = []
    sleep(guest, 2, lambda: ends.append(HostEnd(guest, "beta")), "beta")
    assert probe.result(WRITER) == "5"
    assert ends[0].receive(5) == b"hello"
    ends[0].close()
    assert probe("close", SLOT) == "0"
    probe.connected(ports[1], False)


@pytest.mark.differs("sleep")
def test_streams_go_on_without_a_hole(guest, probe, host):
    """Both directions are busy while the machine goes to sleep and wakes."""
    size = 6000000
    assert probe("bg", WRITER, "writeall", SLOT, size, 4, 20000) == "started"
    assert probe("bg", READER, "readall", SLOT, size, 5, 20000) == "started"
    problems = []

    def both(work):
        try:
            work(size)
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=both, args=(work,)) for work in (
        lambda n: host.receive_pattern(n, 4), lambda n: host.send_pattern(n, 5))]
    for thread in threads:
        thread.start()
    for _ in range(3):
        sleep(guest)
    for thread in threads:
        thread.join()
    assert problems == []
    assert probe.result(WRITER) == str(size)
    assert probe.result(READER) == str(size)


@pytest.mark.differs("drain")
def test_what_a_host_does_not_take_before_the_sleep_is_reported_lost(guest, probe, host, ports):
    assert int(probe("fill", SLOT, 9)) > 0
    lost = f"/sys/class/virtio-ports/{ports[0][5:]}/statistics/bytes_lost"
    before = int(guest.check(f"cat {lost}"))
    sleep(guest)
    assert int(guest.check(f"cat {lost}")) > before
    assert probe("fsync", SLOT) == "-EIO"
    host.receive_until_idle()
    assert probe("write", SLOT, "after") == "5"
    assert probe("fsync", SLOT) == "0"
    assert host.receive(5) == b"after"


def test_consoles_speak_after_the_sleep(guest):
    """The kernel's own messages of going to sleep are on its console, too: it
    is not suspended, and nobody hangs on it."""
    guest.check("stty raw < /dev/hvc0; stty raw < /dev/hvc1")
    sleep(guest)
    guest.check("echo one-is-awake > /dev/hvc0; echo other-is-awake > /dev/hvc1")
    # Which of the two devices has which line is a matter of who was faster.
    first, second = (guest.run_folder / f"{name}.log" for name in ("multi", "single"))
    if guest.run("grep -qx hvc1 /sys/class/virtio-ports/*/console && "
                 f"grep -qx hvc1 /sys/class/virtio-ports/{wait_ports(guest, 'con')[0][5:]}"
                 "/console").status == 0:
        first, second = second, first
    wait_for(guest, first, "one-is-awake")
    wait_for(guest, second, "other-is-awake")
    wait_for(guest, first, "PM: suspend exit")


def wait_for(guest, path, text):
    """Until a file on the host holds a text; the guest's answers pace it."""
    for _ in range(1000):
        if text in path.read_text(errors="replace"):
            return
        guest.check("true")
    raise AssertionError(f"no '{text}' in {path.name}: {path.read_text(errors='replace')[-2000:]}")
