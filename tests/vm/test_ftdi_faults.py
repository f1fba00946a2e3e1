# SPDX-License-Identifier: GPL-2.0
"""A chip that fails: stalled endpoints, packets without status, refused and
unanswered requests, descriptors that lie, a plug that is pulled at the worst
moment, resets and sleep under an open line. The chip is the model in tests/ftdi."""

import pytest

from harness import ftdi
from harness.ftdi import Model


@pytest.fixture(scope="module")
def guest(boot):
    return boot("faults", ["-device", "qemu-xhci,id=usb", *ftdi.redirect("redir", "usb.0")],
                append="portside.getty=ttyS0 xhci_hcd.quirks=128")  # sleep resets the bus


@pytest.fixture(scope="module")
def model(guest):
    model = Model(guest, "redir")
    yield model
    model.close()


@pytest.fixture
def plugged(model):
    """The line of a chip that stays from test to test."""
    return (model.plugged or model.plug("r", "faults"))[0]


@pytest.fixture
def empty(model):
    """No chip is there; the test plugs its own."""
    if model.plugged:
        model.unplug(model.plugged)


@pytest.fixture
def line(model, plugged):
    """One line, looped back and held open."""
    model("wire", 0, 0)
    plugged.hold("raw", "rate=115200")
    yield plugged
    plugged.release()


def works(line, seed=3):
    return line(f"duplex=2000,{seed},{seed}")[0].startswith("done")


# ---- bulk transfers ----

@pytest.mark.differs("ftdi-stalls", run=False)
@pytest.mark.parametrize("fault", ["stall-in", "babble"])
def test_a_failed_transfer_in_is_mended(model, line, fault):
    """(Errors of the bus are tried again by the host controller's driver, and with
    QEMU's xHCI it loses data at that.)"""
    before = line.statistic("rx_failures")
    start = model.mark()
    model("fault", fault, 1)
    model.wait_event("clear-halt 0x81", start)
    assert works(line)
    assert line.statistic("rx_failures") > before


@pytest.mark.differs("ftdi-stalls", run=False)
def test_a_failed_transfer_out_is_sent_again(model, line):
    """Every byte arrives, and only once."""
    before = line.statistic("tx_failures")
    model("fault", "stall-out", 2)
    assert works(line, 5)
    assert line.statistic("tx_failures") == before + 2
    assert line.statistic("tx_lost") == 0


@pytest.mark.parametrize("fault", ["empty", "short-status", "odd"])
def test_a_packet_of_an_odd_size_does_no_harm(model, line, fault):
    """Of 0 bytes, of half a status, of a full packet and one byte."""
    model("fault", fault, 5)
    line.guest.until(f"ttyprobe {line.node} modem")
    result = line("flush=in", "duplex=2000,7,7")
    assert result[1].startswith("done"), result


def test_a_chip_that_takes_nothing_does_not_hold_up_a_flush(model, line):
    model("hold", "out", 1)
    assert line("write=never-taken", "flush=out", "outq") == ["11", "0", "0"]
    model("hold", "out", 0)
    assert works(line)


def test_closing_a_line_whose_chip_takes_nothing_ends(model, plugged):
    """After closing_wait, here one second."""
    model("wire", 0, 0)
    model("hold", "out", 1)
    assert plugged("raw", "setserial=0,0,100", "write=never-taken")[2] == "11"
    model("hold", "out", 0)
    assert plugged("setserial=0,0,3000")[0] == "0"


# ---- requests ----

def test_a_refused_rate_stays_as_it_was(model, line):
    line("rate=9600")
    model("fault", "stall-request", ftdi.SET_BAUD)
    assert line("rate=19200") == ["9600"]
    assert line("rate=19200") == ["19200"]
    assert model.state()["rate"] == "19200"


def test_a_failed_status_is_an_error_for_who_asked(model, line):
    model("fault", "stall-request", ftdi.GET_STATUS)
    assert line("modem") == ["-EPIPE"]
    model("fault", "short-request", ftdi.GET_STATUS)
    assert line("modem")[0].startswith("-E")
    assert "cts" in line("modem")[0]


def test_a_refused_latency_is_an_error_and_changes_nothing(model, line):
    line.attribute("latency_timer", 16)
    model("fault", "stall-request", ftdi.SET_LATENCY)
    assert line.attribute("latency_timer", 3) != 0
    assert line.attribute("latency_timer") == "16"


def test_a_refused_break_is_an_error(model, line):
    model("fault", "stall-request", ftdi.SET_DATA)
    assert line("break=on") == ["-EPIPE"]


def test_an_unanswered_request_ends_by_itself(model, line):
    """The first of the two is that of opening the line, which raises DTR."""
    model("fault", "silent-request", ftdi.MODEM_CTRL, 2)
    assert line("down=dtr") == ["-ETIMEDOUT"]
    assert line("up=dtr") == ["0"]


def test_a_chip_without_eeprom_or_latency_still_has_its_line(model, plugged):
    """Refused at the probe, the line works all the same."""
    model.unplug(model.plugged)
    model("fault", "stall-request", ftdi.READ_EEPROM, 5)
    model("fault", "stall-request", ftdi.GET_LATENCY, 1)
    again, = model.plug("r", "faults")
    model("wire", 0, 0)
    assert again("raw", "rate=9600", "duplex=500,1,1")[2].startswith("done")


# ---- resets and sleep ----

@pytest.mark.differs("ftdi-reset", run=False)
def test_an_open_line_survives_a_reset_of_its_device(guest, model, line):
    """With all its settings: the chip forgot them."""
    line("rate=57600", "set=crtscts", "bits=7")
    line.attribute("latency_timer", 7)
    before = model.state()
    start = model.mark()
    node = guest.check(f"d=$(readlink -f {line.folder}/../..); printf /dev/bus/usb/%03d/%03d "
                       f"$(cat $d/busnum) $(cat $d/devnum)")
    assert line("down=dtr", f"usb-reset={node}") == ["0", "0"]
    model.wait_event("reset", start)
    model.wait_state(dtr=0, latency=7,
                     **{key: before[key] for key in ("rate", "data", "flow", "rts")})
    line("clear=crtscts", "bits=8", "up=dtr")
    assert works(line)
    line.attribute("latency_timer", 16)


@pytest.mark.differs("ftdi-reset", run=False)
def test_an_open_line_survives_sleep(guest, model, line):
    line("rate=57600")
    start = model.mark()
    guest.check("echo devices > /sys/power/pm_test; echo 0 > "
                "/sys/module/suspend/parameters/pm_test_delay; echo freeze > /sys/power/state")
    model.wait_event("request 0 0x03", start)
    model.wait_state(rate=lambda rate: abs(rate - 57600) < 100)
    assert works(line)


# ---- unplugging ----

def test_a_plug_pulled_in_the_middle_of_a_write_ends_it(guest, model, empty):
    line, = model.plug("r", "pulled")
    model.plugged = []
    model("unplug-after", 5000)
    job = line.start("raw", "rate=115200", "send=1000000,1")
    assert "stuck" in line.finish(job)[2]
    guest.until(f"[ ! -e {line.node} ]")


@pytest.mark.parametrize("step", ["miwait=ri", "hangup", "drain"])
def test_who_waits_on_a_line_wakes_when_it_is_unplugged(guest, model, empty, step):
    line, = model.plug("r", "waiting")
    model("hold", "out", 1)
    job = line.start("raw", "write=x" if step == "drain" else "modem", step, "modem")
    line.wait_step(job, step.split("=")[0])
    model.unplug()
    assert line.finish(job)[3].startswith("-E")
    model("hold", "out", 0)
    guest.until(f"[ ! -e {line.node} ]")


def test_plugging_and_unplugging_while_the_line_is_used(guest, model, empty):
    for number in range(5):
        line, = model.plug("r", f"again{number}")
        model("wire", 0, 0)
        job = line.start("raw", "rate=3000000", "duplex=10000000,1,1")
        line.wait_step(job, "duplex")
        model.wait_state(sent=lambda count: count > 0)
        model.unplug()
        line.finish(job)
        guest.until(f"[ ! -e {line.node} ]")


# ---- descriptors ----

@pytest.mark.parametrize("wrong", ["no-in", "no-out"])
def test_a_device_without_an_endpoint_is_left_alone(guest, model, empty, wrong):
    model("descriptors", wrong)
    model("set", "serial", wrong)
    model("plug")
    guest.until(f"grep -qx {wrong} /sys/bus/usb/devices/*/serial")
    guest.until("dmesg | tail -n 5 | grep -q 'required endpoints missing'")
    assert guest.run("ls /dev/ttyUSB*").status != 0
    model("unplug")
    guest.until(f"! grep -qsx {wrong} /sys/bus/usb/devices/*/serial")
    model("descriptors", "right")


@pytest.mark.parametrize("size", [0, 8])
def test_a_device_that_lies_about_its_packets_is_survived(guest, model, empty, size):
    """0 is taken for 64, as some devices mean it; 8 gives rubbish, not a crash."""
    model("descriptors", "max-packet", size)
    line, = model.plug("r", f"size{size}")
    model("wire", 0, 0)
    if size == 0:
        assert line("raw", "rate=115200", "duplex=1000,1,1")[2].startswith("done")
    else:
        assert line("raw", "rate=115200", "write=some", "modem")[3].startswith("dtr")
    model.unplug([line])
    model("descriptors", "right")
