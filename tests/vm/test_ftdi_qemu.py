# SPDX-License-Identifier: GPL-2.0
"""QEMU's usb-serial (an FT232B) on each kind of USB controller: data, termios,
modem lines, breaks, attributes. QEMU's own trace and its record of the USB
traffic are the second witness."""

import re
import threading

import pytest

from harness.bursts import exchange_bursts
from harness.lines import wait_line
from harness.ports import HostEnd

CONTROLLERS = ["xhci", "uhci", "ehci"]


def serial_line(name, bus, options=""):
    return ["-chardev", f"socket,id={name},path={{run}}/{name}.sock,server=on,wait=off",
            "-device", f"usb-serial,chardev={name},id={name},serial={name},bus={bus},"
                       f"always-plugged=on{options}"]


@pytest.fixture(scope="module")
def guest(boot):
    """A line on xHCI, one on UHCI alone, one on a companion of EHCI."""
    ich9 = "multifunction=on,masterbus=be.0"
    return boot("qemu", [
        "-trace", "usb_serial_*", "-D", "{run}/trace.log",
        "-device", "qemu-xhci,id=bx", "-device", "piix3-usb-uhci,id=bu",
        "-device", "ich9-usb-ehci1,id=be,addr=1d.7,multifunction=on",
        "-device", f"ich9-usb-uhci1,addr=1d.0,firstport=0,{ich9}",
        *serial_line("xhci", "bx.0", ",pcap={run}/xhci.pcap"),
        *serial_line("uhci", "bu.0"), *serial_line("ehci", "be.0")],
        modules=["ehci_pci"], append="portside.getty=ttyS0")


@pytest.fixture(scope="module")
def lines(guest):
    return {name: wait_line(guest, name) for name in CONTROLLERS}


@pytest.fixture
def line(lines):
    """The line on xHCI, raw and held open during the test."""
    line = lines["xhci"]
    line.hold("raw", "rate=115200")
    yield line
    line.release()


@pytest.fixture
def host(guest, line):
    end = HostEnd(guest, "xhci")
    yield end
    end.close()


class Trace:
    """QEMU's trace of usb-serial since the start of a test, of one device."""

    def __init__(self, guest):
        self._path = guest.run_folder / "trace.log"
        self._start = self._path.stat().st_size

    def lines(self):
        with open(self._path, errors="replace") as file:
            file.seek(self._start)
            return file.read().splitlines()

    def values(self, event):
        """What follows the device's address in each record of an event."""
        return [re.sub(r".*usb_serial_\w+ dev \d+:\S+ ", "", line) for line in self.lines()
                if f"usb_serial_{event} " in line]


@pytest.fixture
def trace(guest, line):
    return Trace(guest)


# ---- data ----

@pytest.mark.parametrize("name", CONTROLLERS)
def test_bytes_arrive_whole_both_ways_at_once(guest, lines, name):
    """As fast as both sides can, 200 kB each way."""
    line, count = lines[name], 200000
    line.hold("raw", "rate=3000000")
    end = HostEnd(guest, name)
    job = line.start(f"duplex={count},3,5")
    # QEMU writes to the host without a queue: who does not read stops the guest.
    sender = threading.Thread(target=end.send_pattern, args=(count, 5))
    sender.start()
    end.receive_pattern(count, 3)
    sender.join()
    result = line.finish(job)
    end.close()
    line.release()
    assert result[0].startswith("done"), result


def test_a_single_byte_is_not_held_back(line, host):
    for number in range(3):
        assert line(f"write={number}") == ["1"]
        assert host.receive(1) == b"%d" % number
        host.send(b"abc")
        assert line("read=3,60000") == ["3 616263"]


def test_a_reader_that_stops_for_a_while_gets_everything(line, host):
    """More than tty, driver and QEMU hold together: the host has to wait."""
    count = 1 << 20
    job = line.start(f"receive={count},9")
    host.send_pattern(count, 9)
    assert line.finish(job)[0].startswith("done")
    assert line.counts()["buf"] == 0


@pytest.mark.differs("ftdi-big-transfers")
def test_a_fast_writer_fills_large_transfers(line, host):
    before = line.statistic("tx_transfers")
    job = line.start("send=400000,1", "drain")
    host.receive_pattern(400000, 1)
    assert line.finish(job)[1] == "0"
    assert line.statistic("tx_transfers") - before < 400000 / 1024


@pytest.mark.differs("ftdi-small-writes")
def test_a_stream_of_small_writes_gathers(line, host):
    """QEMU has taken a transfer before the next write comes: none would wait for
    another by itself. A machine that is busy with others may break the stream."""
    count, size = 100000, 20
    for _ in range(8):
        before = line.statistic("tx_transfers")
        job = line.start(f"trickle={count},1,{size}", "drain")
        host.receive_pattern(count, 1)
        assert line.finish(job)[1] == "0"
        transfers = line.statistic("tx_transfers") - before
        if transfers < count / size / 8:
            return
    pytest.fail(f"{transfers} transfers for {count // size} writes")


@pytest.mark.parametrize("most", [2, 40, 400])
def test_the_end_of_a_burst_comes_by_itself(guest, line, host, most):
    exchange_bursts(guest, host, line.node, 2000 if most < 100 else 250, most)


def test_a_close_loses_nothing(guest, lines):
    """Writer gone at once: what it wrote is on its way all the same."""
    end = HostEnd(guest, "uhci")
    job = lines["uhci"].start("raw", "rate=115200", "send=60000,7")
    end.receive_pattern(60000, 7)
    end.close()
    assert lines["uhci"].finish(job)[2].startswith("done")


def test_the_usb_record_shows_the_bytes(guest, line, host):
    """The second witness: the pcap of the bus has them in a bulk transfer out."""
    marker = b"witness-of-the-bus"
    line("write=" + marker.decode(), "drain")
    host.receive(len(marker))
    assert marker in (guest.run_folder / "xhci.pcap").read_bytes()


# ---- termios ----

RATES = [(9600, 9600), (115200, 115385), (1152000, 1142857), (1000000, 1000000),
         (184, 184), (230400, 230769)]


@pytest.mark.differs("ftdi-real-rate")
@pytest.mark.parametrize("wanted,real", RATES)
def test_the_rate_that_the_chip_runs_at_is_told(line, trace, wanted, real):
    line("rate=300")
    assert line(f"rate={wanted}", "rate") == [str(real), str(real)]
    assert abs(int(re.findall(r"\d+", trace.values("set_baud")[-1])[-1]) - real) <= 1
    assert line.attribute("baud_rate") == str(real)


@pytest.mark.differs("ftdi-out-of-reach")
@pytest.mark.parametrize("wanted", [50, 100, 150])
def test_a_rate_that_the_chip_cannot_make_leaves_the_old_one(line, trace, wanted):
    line("rate=57600")
    before = len(trace.values("set_baud"))
    assert line(f"rate={wanted}") == ["57554"]
    assert len(trace.values("set_baud")) == before


@pytest.mark.differs("ftdi-legal-divisors")
def test_between_two_and_three_million_the_nearest_legal_rate_is_taken(line):
    assert line("rate=2400000", "rate=2600000") == ["2000000", "3000000"]


def test_character_formats_reach_the_chip(line, trace):
    line("bits=7", "set=parenb", "set=parodd", "set=cstopb")
    assert trace.values("set_data")[-1] == "parity O, data bits 7, stop bits 2"
    line("clear=parodd")
    assert trace.values("set_data")[-1] == "parity E, data bits 7, stop bits 2"
    line("raw")
    assert trace.values("set_data")[-1] == "parity N, data bits 8, stop bits 1"


def test_six_data_bits_are_refused(line):
    assert line("bits=7", "bits=6", "bits=8") == ["7", "7", "8"]


@pytest.mark.differs("ftdi-refused-format")
def test_a_refused_format_is_taken_back(line):
    """QEMU's chip stalls on mark parity; termios tells that it is not there."""
    line("raw")
    assert line("set=parenb", "set=cmspar", "flags")[0] == "0"
    flags = line("flags")[0]
    assert "parenb" in flags and "cmspar" not in flags
    line("raw")


def test_the_handshakes_reach_the_chip(line, trace):
    line("set=crtscts")
    assert trace.values("set_flow_control")[-1] == "flow control 1"
    line("clear=crtscts", "set=ixon")
    assert trace.values("set_flow_control")[-1] == "flow control 4"
    assert "xon 0x11 xoff 0x13" in trace.values("set_xonxoff")[-1]
    line("clear=ixon")
    assert trace.values("set_flow_control")[-1] == "flow control 0"


# ---- modem lines, counters, struct serial ----

def test_the_modem_lines_can_be_read_and_set(line):
    assert line("modem") == ["dtr,rts,cts,dsr,cd,"]
    assert line("down=dtr", "modem") == ["0", "rts,cts,dsr,cd,"]
    assert line("lines=dtr", "modem") == ["0", "dtr,cts,dsr,cd,"]
    assert line("up=rts", "modem") == ["0", "dtr,rts,cts,dsr,cd,"]


def test_b0_drops_the_lines_and_a_rate_raises_them(line):
    assert line("rate=0", "modem")[1] == "cts,dsr,cd,"
    assert line("rate=9600", "modem")[1] == "dtr,rts,cts,dsr,cd,"


def test_bytes_are_counted(line, host):
    before = line.counts()
    host.send(b"12345")
    assert line("write=abc", "read=5,60000")[1] == "5 3132333435"
    after = line.counts()
    assert after["rx"] - before["rx"] == 5 and after["tx"] - before["tx"] == 3


def test_serial_struct_tells_of_the_chip(line):
    text = line("serial")[0]
    assert f"line={line.node[11:]} " in text and "baud_base=24000000" in text
    assert "closing_wait=3000" in text


@pytest.mark.differs("ftdi-custom-divisor")
def test_a_custom_divisor_stands_for_38400(line, trace):
    assert line("setserial=0x30,24", "rate=38400") == ["0", "38400"]
    assert trace.values("set_baud")[-1].endswith("1000000")
    assert line("setserial=0,0", "rate=38400")[1] == "38400"
    assert trace.values("set_baud")[-1].endswith("38400")


def test_low_latency_means_one_millisecond(line):
    line.attribute("latency_timer", 16)
    assert line("setserial=0x2000") == ["0"]
    assert line.attribute("latency_timer") == "1"
    assert line("setserial=0") == ["0"]
    assert line.attribute("latency_timer") == "16"


def test_only_root_changes_more_than_the_users_flags(line):
    line("setserial=0")
    assert line("user=1000", "setserial=0x2000", "setserial=0x40") == ["0", "0", "-EPERM"]
    line("setserial=0")


@pytest.mark.differs("ftdi-lsr")
def test_an_empty_transmitter_is_said_to_be_empty(line, host):
    assert line("write=x", "drain", "lsr")[1:] == ["0", "1"]


# ---- break ----

@pytest.mark.differs("ftdi-status-only-break")
def test_a_break_from_the_host_arrives(guest, line, host):
    before = line.counts()["brk"]
    job = line.start("set=parmrk", "read=5,60000", "clear=parmrk")
    line.wait_step(job, "read")
    guest.qmp.execute("chardev-send-break", id="xhci")
    host.send(b"ok")
    assert line.finish(job)[1] == "5 ff00006f6b"
    assert line.counts()["brk"] == before + 1


@pytest.mark.differs("ftdi-status-only-break")
@pytest.mark.parametrize("name", ["uhci", "ehci"])
def test_each_break_counts_though_no_data_come(guest, lines, name):
    """On xHCI QEMU tells of a break only when a byte follows."""
    line = lines[name]
    line.hold("raw")
    before = line.counts()["brk"]
    for number in range(1, 4):
        guest.qmp.execute("chardev-send-break", id=name)
        guest.until(f"ttyprobe {line.node} icount | grep -q brk={before + number}")
    line.release()


def test_a_break_can_be_sent(line):
    assert line("sendbreak", "break=on", "break=off") == ["0", "0", "0"]


# ---- flush, stop ----

def test_flushing_input_empties_the_chip_too(line, host):
    """Throttled: more than tty and driver take is left in QEMU's chip and is
    thrown away with the rest; what comes later arrives."""
    host.send(b"old" * 100)
    line.guest.until(f"ttyprobe {line.node} inq | grep -q 'inq 300'")
    assert line("flush=in", "inq") == ["0", "0"]
    host.send(b"new")
    assert line("read=3,60000") == ["3 6e6577"]


@pytest.mark.differs("ftdi-stop")
def test_output_that_was_stopped_can_be_flushed(line, host):
    assert line("flow=off", "write=never", "flush=out", "flow=on", "write=after") == [
        "0", "5", "0", "0", "5"]
    assert host.receive(5) == b"after"


@pytest.mark.differs("ftdi-stop")
def test_stopped_output_goes_out_when_it_may(line, host):
    assert line("flow=off", "write=held", "outq") == ["0", "4", "4"]
    assert line("flow=on") == ["0"]
    assert host.receive(4) == b"held"


# ---- attributes of the port ----

def test_the_latency_timer_can_be_set(line):
    assert line.attribute("latency_timer", 20) == 0
    assert line.attribute("latency_timer") == "20"
    for wrong in ("256", "-1", "x"):
        assert line.attribute("latency_timer", wrong) != 0
    assert line.attribute("latency_timer") == "20"


@pytest.mark.differs("ftdi-readable-chars")
def test_event_and_error_characters_can_be_set_and_read(line):
    for name in ("event_char", "error_char"):
        assert line.attribute(name, 0x10D) == 0
        assert line.attribute(name) == str(0x10D)
        assert line.attribute(name, 0x200) != 0
        assert line.attribute(name, 0) == 0


@pytest.mark.differs("ftdi-lines-at-open")
def test_a_port_can_be_told_to_leave_its_lines_alone_at_open(lines):
    line = lines["uhci"]
    assert line("down=dtr+rts", "modem")[1] == "cts,dsr,cd,"
    assert line.attribute("dtr_rts_on_open", 0) == 0
    assert line("modem") == ["cts,dsr,cd,"]
    assert line.attribute("dtr_rts_on_open", 1) == 0
    assert line("modem") == ["dtr,rts,cts,dsr,cd,"]


def test_a_driver_that_is_unbound_and_bound_again_serves_the_line(guest, lines):
    line = lines["ehci"]
    interface = guest.check(f"basename $(readlink -f {line.folder}/..)")
    for action in ("unbind", "bind"):
        guest.check(f"echo {interface} > /sys/bus/usb/drivers/ftdi_sio/{action}")
    again = wait_line(guest, "ehci")
    end = HostEnd(guest, "ehci")
    again("raw", "write=back", "drain")
    assert end.receive(4) == b"back"
    end.close()


def test_the_bus_saw_no_unsupported_request(guest, lines):
    """In QEMU's trace, but for the mark parity that was asked for on purpose."""
    text = (guest.run_folder / "trace.log").read_text(errors="replace")
    assert not [line for line in text.splitlines() if re.search(
        r"unsupported_(data_bits|stopbits)|unsupported_control .* 0x[4c]0|bad_token", line)
        and "0x4004, value 0x408" not in line]
