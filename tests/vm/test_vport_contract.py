# SPDX-License-Identifier: GPL-2.0
"""What every client of /dev/vportNpM may rely on: results, errors and poll bits
of each call in each state of the port. Runs against the in-tree driver as well
(--driver in-tree)."""

import pytest

from harness.ktap import run_ktap
from harness.ports import HostEnd, Probe, pattern, wait_ports

IDLE = "OUT"
CLOSED = "IN,RDNORM,HUP"


@pytest.fixture(scope="module")
def guest(boot):
    return boot("contract", ["--port", "alpha", "--port", "beta",
                             "-chardev", "null,id=con", "-device",
                             "virtconsole,chardev=con,name=con"])


@pytest.fixture(scope="module")
def probe(guest):
    return Probe(guest)


@pytest.fixture(scope="module")
def ports(guest):
    return wait_ports(guest, "alpha", "beta", "con")


@pytest.fixture
def host(guest, ports, probe):
    """The host's end of alpha, closed on both sides before and after a test."""
    end = HostEnd(guest, "alpha")
    probe.connected(ports[0])
    yield end
    end.close()
    probe("cancel")
    probe("close", 3)
    probe.connected(ports[0], False)


@pytest.fixture
def opened(ports, probe, host):
    """Slot of alpha, open for reading and writing, its host connected."""
    return probe.open(3, ports[0])


@pytest.fixture
def alone(guest, ports, probe):
    """Slot of alpha, open, with nobody on the host."""
    yield probe.open(3, ports[0])
    probe("cancel")
    probe("close", 3)


# ---- names and nodes ----

def test_a_port_has_a_node_with_its_id_as_minor(guest, ports):
    major = guest.check("sed -n 's/ *virtio-portsdev$//p' /proc/devices | head -n 1").strip()
    for node in ports:
        port_id = int(node.rsplit("p", 1)[1])
        assert guest.check(f"stat -c '%t:%T %a' {node}") == f"{int(major):x}:{port_id:x} 600"


def test_a_port_has_a_device_below_its_virtio_device(guest, ports):
    for node in ports:
        name = node[5:]
        index = name[5:].split("p")[0]
        assert guest.run(f"test -d /sys/bus/virtio/devices/virtio{index}"
                         f"/virtio-ports/{name}").status == 0


def test_debugfs_has_the_keys_that_tools_parse(guest, ports):
    text = guest.check(f"cat /sys/kernel/debug/virtio-ports/{ports[0][5:]}")
    assert [line.split(":")[0] for line in text.splitlines()] == [
        "name", "guest_connected", "host_connected", "outvq_full", "bytes_sent",
        "bytes_received", "bytes_discarded", "is_console", "console_vtermno"]
    assert "name: alpha" in text
    console = guest.check(f"cat /sys/kernel/debug/virtio-ports/{ports[2][5:]}")
    assert "is_console: yes" in console and "console_vtermno: 1" in console


@pytest.mark.differs("name-in-add")
def test_the_add_event_comes_when_the_name_is_known(guest, ports):
    """The kernel's event for the port holds the name, so no rule has to wait."""
    for node, name in zip(ports, ("alpha", "beta", "con")):
        uevent = guest.check(f"cat /sys/class/virtio-ports/{node[5:]}/uevent")
        assert f"VIRTIO_PORT_NAME={name}" in uevent.splitlines()


# ---- open ----

def test_a_port_opens_once_at_a_time(probe, ports, opened):
    assert probe("open", 4, ports[0]) == "-EBUSY"
    assert probe("close", opened) == "0"
    probe.open(4, ports[0])
    assert probe("close", 4) == "0"


def test_a_console_port_does_not_open(probe, ports):
    assert probe("open", 4, ports[2]) == "-ENXIO"


def test_the_host_learns_of_open_and_close(guest, probe, ports):
    guest.qmp.execute("chardev-add", id="gamma",
                      backend={"type": "null", "data": {}})
    guest.qmp.execute("device_add", driver="virtserialport", chardev="gamma", name="gamma",
                      id="gamma")
    node, = wait_ports(guest, "gamma")
    probe.open(3, node)
    guest.qmp.wait("VSERPORT_CHANGE", id="gamma", open=True)
    assert probe("close", 3) == "0"
    guest.qmp.wait("VSERPORT_CHANGE", id="gamma", open=False)


# ---- read ----

def test_reading_without_a_host_gives_an_end_of_file(probe, alone):
    assert probe("read", alone, 10) == "0"
    assert probe("nonblock", alone, 1) == "0"
    assert probe("read", alone, 10) == "0"


def test_an_empty_port_does_not_block_a_nonblocking_reader(probe, opened):
    probe("nonblock", opened, 1)
    assert probe("read", opened, 10) == "-EAGAIN"


def test_a_reader_sleeps_until_data_comes(probe, opened, host):
    probe.start(1, "read", opened, 100)
    assert probe.is_waiting(1)
    host.send(b"hello")
    assert probe.result(1) == "5 text:hello"


def test_a_reader_wakes_with_an_end_of_file_when_the_host_closes(probe, ports, opened, host):
    probe.start(1, "read", opened, 100)
    host.close()
    assert probe.result(1) == "0"


def test_a_reader_goes_on_after_the_host_has_come_back(guest, probe, ports, opened, host):
    host.close()
    probe.connected(ports[0], False)
    assert probe("read", opened, 10) == "0"
    again = HostEnd(guest, "alpha")
    probe.connected(ports[0])
    again.send(b"back")
    assert probe("read", opened, 10) == "4 text:back"
    again.close()


def test_data_is_read_though_the_host_has_gone(probe, ports, opened, host):
    host.send(b"farewell")
    probe.until("IN,RDNORM,OUT", "poll", opened, 1000)
    host.close()
    probe.connected(ports[0], False)
    assert probe("read", opened, 100) == "8 text:farewell"
    assert probe("read", opened, 100) == "0"


def test_a_short_read_leaves_the_rest(probe, opened, host):
    host.send(b"abcdef")
    assert probe("read", opened, 2) == "2 text:ab"
    assert probe("read", opened, 100) == "4 text:cdef"


def test_a_read_into_bad_memory_loses_nothing(probe, opened, host):
    host.send(b"precious")
    probe.until("IN,RDNORM,OUT", "poll", opened, 1000)
    assert probe("badread", opened) == "-EFAULT"
    assert probe("read", opened, 100) == "8 text:precious"


def test_a_signal_ends_a_blocked_read(probe, opened):
    probe.start(1, "read", opened, 100)
    probe("kill", 1)
    assert probe.result(1) == "-EINTR"


@pytest.mark.differs("big-reads")
def test_a_read_takes_everything_that_is_there(probe, opened, host):
    host.send(pattern(40000, 7))
    probe.until("40000", "ioctl", opened, "FIONREAD")
    count, digest = probe("read", opened, 65536).split()
    assert count == "40000"
    total = 2166136261
    for byte in pattern(40000, 7):
        total = (total ^ byte) * 16777619 & 0xffffffff
    assert digest == f"sum:{total:08x}"


@pytest.mark.differs("empty-read", run=False)
def test_reading_nothing_returns_at_once(probe, opened):
    assert probe("read", opened, 0) == "0"


def test_a_vectored_read_fills_its_parts(probe, opened, host):
    host.send(b"sixsix")
    probe.until("IN,RDNORM,OUT", "poll", opened, 1000)
    assert probe("readv", opened) in ("6 text:sixsix", "2 text:si")


def test_unread_data_is_dropped_and_counted_at_close(guest, probe, ports, opened, host):
    state = f"/sys/kernel/debug/virtio-ports/{ports[0][5:]}"
    count = f"sed -n 's/^bytes_discarded: //p' {state}"
    before = int(guest.check(count))
    host.send(b"unread")
    probe.until("IN,RDNORM,OUT", "poll", opened, 1000)
    assert probe("close", opened) == "0"
    guest.until(f"test $({count}) = {before + 6}")
    probe.open(3, ports[0], "rwn")
    assert probe("read", 3, 10) == "-EAGAIN"


# ---- write ----

def test_what_is_written_arrives(probe, opened, host):
    assert probe("write", opened, "over") == "4"
    assert host.receive(4) == b"over"


def test_writing_without_a_host_does_not_block_a_nonblocking_writer(probe, alone):
    probe("nonblock", alone, 1)
    assert probe("write", alone, "lost") == "-EAGAIN"


def test_a_writer_waits_for_the_host_to_come(guest, probe, ports, alone):
    probe.start(1, "write", alone, "patience")
    assert probe.is_waiting(1)
    end = HostEnd(guest, "alpha")
    assert end.receive(8) == b"patience"
    assert probe.result(1) == "8"
    end.close()
    probe.connected(ports[0], False)


def test_writing_nothing_is_no_error(probe, opened):
    assert probe("write", opened, "") == "0"


def test_a_write_from_bad_memory_is_refused(probe, opened, host):
    assert probe("badwrite", opened) == "-EFAULT"
    assert probe("badwrite", opened, 100000) == "-EFAULT"
    assert probe("write", opened, "good") == "4"
    assert host.receive(4) == b"good"


@pytest.mark.differs("whole-writes")
def test_a_blocking_write_takes_everything(probe, opened, host):
    """One system call: portprobe writes in one go when no chunk size is given."""
    probe.start(1, "writeonce", opened, 3000000, 5)
    host.receive_pattern(3000000, 5)
    assert probe.result(1) == "3000000"


def test_many_small_writes_arrive_in_order(probe, opened, host):
    assert probe("bg", 1, "writeall", opened, 200000, 9, 61) == "started"
    host.receive_pattern(200000, 9)
    assert probe.result(1) == "200000"


def test_a_host_that_does_not_read_stops_the_writer_and_nothing_is_lost(probe, opened, host):
    done = int(probe("fill", opened, 3))
    probe("nonblock", opened, 1)
    assert probe("write", opened, "more") == "-EAGAIN"
    host.receive_pattern(done, 3)
    probe.until("OUT", "poll", opened, 1000, "o")
    assert probe("write", opened, "tail") == "4"
    assert host.receive(4) == b"tail"


def test_a_blocked_writer_goes_on_when_the_host_reads(probe, opened, host):
    probe.start(1, "writeall", opened, 8000000, 4, 32768)
    host.receive_pattern(8000000, 4)
    assert probe.result(1) == "8000000"


@pytest.mark.differs("drain", run=False)
def test_fsync_waits_until_the_host_has_everything(probe, opened, host):
    done = int(probe("fill", opened, 2))
    assert int(probe("ioctl", opened, "TIOCOUTQ")) > 0
    probe.start(1, "fsync", opened)
    assert probe.is_waiting(1)
    host.receive_pattern(done, 2)
    assert probe.result(1) == "0"
    assert probe("ioctl", opened, "TIOCOUTQ") == "0"


@pytest.mark.differs("drain", run=False)
def test_fsync_says_that_the_host_has_closed_before_the_end(guest, probe, ports):
    lost = f"cat /sys/class/virtio-ports/{ports[1][5:]}/statistics/bytes_lost"
    before = int(guest.check(lost))
    end = HostEnd(guest, "beta")
    probe.open(5, ports[1])
    probe("fill", 5, 2)
    probe.start(1, "fsync", 5)
    end.close()
    assert probe.result(1) == "-EIO"
    assert int(guest.check(lost)) > before
    assert probe("fsync", 5) == "0"
    probe("close", 5)


@pytest.mark.differs("dropped-buffers", run=False)
def test_a_host_that_goes_in_the_middle_of_a_buffer_leaves_the_port_working(
        guest, probe, ports):
    """QEMU never returns the buffer it was sending when its socket broke, and
    returns none behind it before that."""
    probe.open(3, ports[0])
    for round in range(3):
        end = HostEnd(guest, "alpha")
        probe.connected(ports[0])
        assert int(probe("fill", 3, round)) > 0
        end.close()
        probe.connected(ports[0], False)
        end = HostEnd(guest, "alpha")
        probe.connected(ports[0])
        assert probe("bg", 1, "writeall", 3, 300000, round) == "started"
        end.receive_pattern(300000, round)
        assert probe.result(1) == "300000"
        end.close()
        probe.connected(ports[0], False)
    assert probe("fsync", 3) == "-EIO"
    assert probe("close", 3) == "0"


@pytest.mark.differs("tracepoints")
def test_tracepoints_tell_what_happens_to_a_port(guest, probe, ports):
    tracing = "/sys/kernel/tracing"
    guest.check(f"mount -t tracefs none {tracing} || test -d {tracing}/events")
    guest.check(f"echo 1 > {tracing}/events/virtio_console/enable")
    probe.open(3, ports[0])
    end = HostEnd(guest, "alpha")
    probe.connected(ports[0])
    assert probe("write", 3, "traced") == "6"
    assert end.receive(6) == b"traced"
    assert probe("fsync", 3) == "0"
    end.close()
    probe.connected(ports[0], False)
    assert probe("close", 3) == "0"
    guest.check(f"echo 0 > {tracing}/events/virtio_console/enable")
    trace = guest.check(f"cat {tracing}/trace")
    for line in ("vcon_control: virtio0 out id=1 event=PORT_OPEN value=1",
                 "vcon_control: virtio0 in id=1 event=PORT_OPEN value=0",
                 "vcon_tx_submit: ", "vcon_tx_done: "):
        assert line in trace, trace


# ---- poll, signals, other calls ----

def test_poll_tells_each_state(guest, probe, ports, alone):
    assert probe("poll", alone, 0) == CLOSED
    end = HostEnd(guest, "alpha")
    probe.connected(ports[0])
    assert probe("poll", alone, 0) == IDLE
    end.send(b"x")
    probe.until("IN,RDNORM,OUT", "poll", alone, 1000)
    assert probe("read", alone, 10) == "1 text:x"
    assert probe("poll", alone, 0) == IDLE
    end.close()
    probe.connected(ports[0], False)
    assert probe("poll", alone, 0) == CLOSED


def test_a_poller_wakes_for_data_and_for_the_host_closing(probe, opened, host):
    probe.start(1, "poll", opened, 100000, "i")
    host.send(b"y")
    assert probe.result(1) == "IN"
    assert probe("read", opened, 10) == "1 text:y"
    probe.start(1, "poll", opened, 100000, "i")
    host.close()
    assert probe.result(1) == "IN,HUP"


def test_an_edge_triggered_poller_sees_each_arrival_after_draining(probe, opened, host):
    probe("nonblock", opened, 1)
    for turn in range(3):
        probe.start(1, "epollet", opened, 100000)
        host.send(b"edge%d" % turn)
        assert probe.result(1) == "1"
        assert probe("read", opened, 100) == f"5 text:edge{turn}"
        assert probe("read", opened, 100) == "-EAGAIN"


def test_sigio_tells_of_data_and_of_the_host(guest, probe, ports, opened, host):
    assert probe("sigio", opened) == "0"
    host.send(b"1")
    assert int(probe("sigwait", 1, 100000)) >= 1
    probe("sigio", opened)
    host.send(b"2")
    assert int(probe("sigwait", 1, 100000)) >= 1
    probe("sigio", opened)
    host.close()
    assert int(probe("sigwait", 1, 100000)) >= 1
    probe.connected(ports[0], False)
    probe("sigio", opened)
    end = HostEnd(guest, "alpha")
    assert int(probe("sigwait", 1, 100000)) >= 1
    end.close()


def test_a_port_has_no_place_to_seek_to_and_no_terminal(probe, opened):
    assert probe("lseek", opened) == "-ESPIPE"
    assert probe("ioctl", opened, "TCGETS") == "-ENOTTY"


@pytest.mark.differs("counts")
def test_the_bytes_to_read_can_be_asked_for(probe, opened, host):
    assert probe("ioctl", opened, "FIONREAD") == "0"
    host.send(b"12345")
    probe.until("5", "ioctl", opened, "FIONREAD")
    probe("read", opened, 2)
    assert probe("ioctl", opened, "FIONREAD") == "3"


@pytest.mark.differs("nowait")
def test_a_read_without_waiting_does_not_wait(probe, opened, host):
    assert probe("readnw", opened) == "-EAGAIN"
    host.send(b"now")
    probe.until("IN,RDNORM,OUT", "poll", opened, 1000)
    assert probe("readnw", opened) == "3 text:now"


def test_io_uring_reads_and_writes(probe, opened, host):
    probe.start(1, "uring", opened, "read")
    host.send(b"ring")
    assert probe.result(1) == "4 text:ring"
    assert probe("uring", opened, "write", "gnir") == "4"
    assert host.receive(4) == b"gnir"


def test_a_port_can_be_spliced_to(probe, opened, host):
    assert probe("spliceout", opened, 50000, 8) == "50000"
    host.receive_pattern(50000, 8)


@pytest.mark.differs("splice-read")
def test_a_port_can_be_spliced_from(probe, opened, host):
    host.send(b"through-a-pipe")
    probe.until("IN,RDNORM,OUT", "poll", opened, 1000)
    assert probe("splicein", opened, 1000) == "14 text:through-a-pipe"


def test_one_thread_polls_while_another_reads(guest, probe, host, ports):
    """A poller that looks while the reader has the buffer is woken all the same."""
    host.send(pattern(4000, 1))
    run_ktap(guest, f"pollread {ports[0]} 4000")


@pytest.mark.differs("pollable-state")
def test_the_host_connection_can_be_watched_in_sysfs(guest, probe, ports):
    attribute = f"/sys/class/virtio-ports/{ports[0][5:]}/host_connected"
    probe.start(1, "waitattr", attribute, "1", 100000)
    end = HostEnd(guest, "alpha")
    assert probe.result(1) == "1"
    probe.start(1, "waitattr", attribute, "0", 100000)
    end.close()
    assert probe.result(1) == "0"
