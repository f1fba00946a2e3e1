# SPDX-License-Identifier: GPL-2.0
"""Every type of chip, as a model on the host behind usb-redir: detection,
rates, data, modem lines, handshakes, latency, CBUS pins."""

import pytest

from harness import ftdi
from harness.ftdi import CTS, DCD, DSR, RI, Model

# name of the model's chip: what the driver calls it, and its fastest rates.
CHIPS = {
    "sio": "SIO", "am": "FT232A", "bm": "FT232B", "2232c": "FT2232C/D", "r": "FT232R",
    "2232h": "FT2232H", "4232h": "FT4232H", "232h": "FT232H", "x": "FT-X",
    "2233hp": "FT2233HP", "4233hp": "FT4233HP", "2232hp": "FT2232HP", "4232hp": "FT4232HP",
    "233hp": "FT233HP", "232hp": "FT232HP", "4232ha": "FT4232HA",
}
OLD = ("sio", "am")
FULL_SPEED = ("sio", "am", "bm", "2232c", "r", "x")


@pytest.fixture(scope="module")
def guest(boot):
    return boot("chips", ["-device", "qemu-xhci,id=usb", *ftdi.redirect("redir", "usb.0")],
                append="portside.getty=ttyS0")


@pytest.fixture(scope="module")
def model(guest):
    model = Model(guest, "redir")
    yield model
    model.close()


@pytest.fixture(params=CHIPS)
def chip(request, model):
    """(name, lines) of each chip; every line looped back into itself."""
    name = request.param
    lines = model.plug(name, name)
    for channel in range(len(lines)):
        model("wire", channel, channel)
    yield name, lines
    model("unplug")


def close_to(rate, wanted, tolerance):
    return abs(rate - wanted) <= wanted * tolerance


def check_rates(line, model, name):
    """Nothing that the driver sends is a divisor that the chip does not have, and
    the rate in termios is the one that the chip decodes."""
    rates = [300, 9600, 115200]
    if name not in ("sio",):
        rates += [184, 460800, 3000000]
    if name not in OLD:
        rates += [2000000]
    if name not in FULL_SPEED:
        rates += [1199, 1200, 6000000, 8000000, 12000000]
    start = model.mark()
    got = line(*(f"rate={rate}" for rate in rates))
    told = [int(event.split()[2]) for event in model.events[start:] if event.startswith("rate ")]
    assert told[-len(rates):] == [int(rate) for rate in got] or \
        all(abs(a - int(b)) <= 1 for a, b in zip(told[-len(rates):], got)), (told, got)
    tolerance = 0.03 if name == "am" else 0.01
    for rate, real in zip(rates, got):
        assert close_to(int(real), rate, tolerance), (rate, real)
    assert not [event for event in model.events[start:] if "illegal" in event]


def test_each_chip_is_known_and_its_lines_work(guest, model, chip):
    name, lines = chip
    assert len(lines) == ftdi.INTERFACES.get(name, 1)
    for channel, line in enumerate(lines):
        assert guest.driver != "ours" or line.attribute("chip") == CHIPS[name]
        count = 3000 if name in FULL_SPEED else 20000
        result = line("raw", "rate=115200", f"duplex={count},{channel},{channel}", "drain",
                      "modem", "down=rts", "modem")
        assert result[2].startswith("done"), result
        assert result[3] == "0"
        assert result[4] == "dtr,rts,cts,dsr,cd," and result[6] == "dtr,dsr,cd,"
        assert int(model.state(channel)["received"]) >= count
        assert model.state(channel)["lost"] == "0"
    check_rates(lines[-1], model, name)
    assert not [event for event in model.events if event.startswith(("bad-frame", "no-channel"))]


def test_the_attributes_are_those_that_a_chip_has(guest, model, chip):
    name, lines = chip
    listed = guest.check(f"ls {lines[0].folder}").split()
    assert ("latency_timer" in listed) == (name not in OLD)
    assert ("event_char" in listed) == (name != "sio")
    if name in OLD:
        return
    assert lines[-1].attribute("latency_timer") == "16"
    assert lines[-1].attribute("latency_timer", 5) == 0
    assert model.state(len(lines) - 1)["latency"] == "5"


# ---- detection ----

@pytest.mark.differs("ftdi-chip-attribute", run=False)
def test_an_early_ft232b_without_eeprom_is_told_from_an_ft232a(model):
    """Both have bcdDevice 0x200 and no serial number; one knows the timer."""
    model("chip", "bm")
    for key, value in (("bcd", 0x200), ("serial", ""), ("product-name", "Early")):
        model("set", key, value)
    start = model.mark()
    model("plug")
    model.wait_event("request 0 0x0a", start)
    model.guest.until("grep -qx FT232B /sys/bus/usb-serial/devices/ttyUSB*/chip")
    model("unplug")
    model.guest.until("[ -z \"$(ls /sys/bus/usb-serial/devices)\" ]")
    model("set", "product-name", "Model")


@pytest.mark.differs("ftdi-unknown-chips")
def test_an_unknown_chip_is_served_like_its_relatives(model):
    lines = model.plug("232h", "future", bcd=0x4200)
    model("wire", 0, 0)
    assert lines[0]("raw", "rate=12000000", "duplex=5000,1,1")[1:][0] == "12000000"
    model.unplug(lines)


@pytest.mark.parametrize("texts,refused", [
    ({"manufacturer": "CALAO"}, False), ({"product_name": "BeagleBone/XDS100V2"}, True)])
def test_the_jtag_half_of_a_board_is_left_alone(guest, model, texts, refused):
    for key, value in texts.items():
        model("set", key.replace("_", "-"), value)
    model("chip", "2232h")
    model("set", "serial", "jtag")
    model("plug")
    guest.until("n=$(ls -d /sys/bus/usb/devices/*:1.1/ttyUSB*)")
    guest.until("d=$(dirname $(ls -d /sys/bus/usb/devices/*:1.1/ttyUSB*)); "
                "[ -e ${d%1.1}1.0/driver ] && exit 1; :" if refused else
                "ls -d /sys/bus/usb/devices/*:1.0/ttyUSB*")
    model("unplug")
    guest.until("[ -z \"$(ls /sys/bus/usb-serial/devices)\" ]")
    model("set", "manufacturer", "FTDI")
    model("set", "product-name", "Model")


# ---- CBUS pins ----

CBUS = {
    "r": (0x14, ["0xaa", "0xaa"]),
    "x": (0x1a, ["8", "8", "8", "8"]),
    "232h": (0x1a, ["0x80", "0x08", "0x88"]),
}


@pytest.mark.parametrize("name", CBUS)
def test_cbus_pins_are_gpio_lines(guest, model, name):
    model("eeprom", CBUS[name][0], *CBUS[name][1])
    lines = model.plug(name, f"cbus-{name}")
    guest.until("grep -l . /sys/bus/gpio/devices/gpiochip*/uevent > /dev/null")
    model("pins", 0, 0x4)
    assert guest.check("gpioprobe ftdi-cbus in=2 in=0 out=1,1 in=1 out=1,0 in=1") == \
        "in 1\nin 0\nout 0\nin 1\nout 0\nin 0"
    assert model.state(0)["bits"] in ("0x2020", "0x2000", "0x2022")
    model.unplug(lines)
    for address in range(0x14, 0x1e):
        model("eeprom", address, 0)


def test_a_chip_whose_eeprom_keeps_the_pins_has_no_gpio(guest, model):
    lines = model.plug("r", "nocbus")
    assert guest.run("ls /sys/bus/gpio/devices/gpiochip*").status != 0
    model.unplug(lines)


# ---- one chip, in depth ----

@pytest.fixture(scope="module")
def both(model):
    """The lines of a high-speed chip that stays plugged, the first looped back."""
    lines = model.plug("2232h", "depth")
    model("wire", 0, 0)
    yield lines
    model.unplug(lines)


@pytest.fixture
def line(both):
    return both[0]


@pytest.fixture
def held(line):
    line.hold("raw", "rate=115200")
    yield line
    line.release()


def test_modem_changes_are_waited_for_and_counted(model, held):
    """On packets that carry nothing but status."""
    model("wire", 0)
    model("modem", 0, CTS)
    model("modem", 0, 0)
    before = held.counts()
    for name, bit in (("cts", CTS), ("dsr", DSR), ("ri", RI), ("cd", DCD)):
        job = held.start(f"miwait={name}", "modem")
        held.wait_step(job, "miwait")
        held.wait_asleep(job, "tiocmiwait")
        model("modem", 0, bit)
        assert held.finish(job) == ["0", f"dtr,rts,{name},"]
        model("modem", 0, 0)
    held.guest.until(f"ttyprobe {held.node} icount | grep -q dcd={before['dcd'] + 2}")
    after = held.counts()
    assert [after[key] - before[key] for key in ("cts", "dsr", "rng", "dcd")] == [2, 2, 2, 2]
    model("wire", 0, 0)


def test_losing_the_carrier_hangs_up_without_clocal(model, line):
    model("wire", 0)
    model("modem", 0, DCD)
    job = line.start("raw", "clear=clocal", "hangup", "write=x")
    line.wait_step(job, "hangup")
    model("modem", 0, 0)
    assert line.finish(job)[2:] == ["hangup", "-EIO"]
    line("set=clocal")
    model("wire", 0, 0)


def test_errors_are_marked_and_counted(model, held):
    model("wire", 0)
    before = held.counts()
    job = held.start("set=parmrk", "set=inpck", "read=10,60000", "clear=parmrk", "clear=inpck")
    held.wait_step(job, "read")
    model("receive", 0, "41", ftdi.PARITY)
    model("receive", 0, "42")
    model("receive", 0, "43", ftdi.FRAME)
    model("receive", 0, "00", ftdi.BREAK)
    assert held.finish(job)[2] == "10 ff004142ff0043ff0000"
    after = held.counts()
    assert [after[key] - before[key] for key in ("parity", "frame", "brk")] == [1, 1, 1]
    model("wire", 0, 0)


def test_an_overrun_in_the_chip_is_counted_without_losing_more(model, held):
    before = held.counts()
    job = held.start("read=3,60000")
    held.wait_step(job, "read")
    model("status", 0, ftdi.OVERRUN)
    model("receive", 0, "4142")
    # The NUL is the mark of the overrun, as every serial driver makes it.
    assert held.finish(job) == ["3 004142"]
    assert held.counts()["overrun"] == before["overrun"] + 1


def test_a_break_on_the_wire_is_one_break(model, held):
    """Sent and received over the loopback plug."""
    before = held.counts()["brk"]
    assert held("break=on") == ["0"]
    held.guest.until(f"ttyprobe {held.node} icount | grep -q brk={before + 1}")
    assert held("break=off", "duplex=100,1,1")[0] == "0"
    assert held.counts()["brk"] == before + 1


def test_rts_cts_holds_the_sender_until_there_is_room(model, held):
    """The reader sleeps: the receiving chip drops RTS, nothing is lost."""
    model("pace", 1)
    held("rate=3000000", "set=crtscts")
    job = held.start("send=30000,1", "receive=30000,1")
    assert held.finish(job)[1].startswith("done")
    assert model.state(0)["lost"] == "0" and held.counts()["buf"] == 0
    held("clear=crtscts")
    model("pace", 0)


@pytest.mark.differs("ftdi-dtr-dsr")
def test_dtr_dsr_can_be_the_handshake(model, held):
    held.attribute("dtr_dsr_flow", 1)
    held("rate=9600")
    assert model.state(0)["flow"] == "2"
    held.attribute("dtr_dsr_flow", 0)
    held("rate=115200")
    assert model.state(0)["flow"] == "0"


def test_draining_waits_until_the_chip_has_sent(model, held):
    """500 characters at 9600 baud take 520 ms behind the last transfer."""
    model("pace", 1)
    model("wire", 0)
    model("sent", 0)
    result = held("rate=9600", "send=500,1", "lsr", "drain-ms", "lsr")
    assert int(result[3]) >= 450, result
    assert (result[2], result[4]) == ("0", "1")
    assert len(model.sent(0)) == 500
    model("pace", 0)
    model("wire", 0, 0)


def test_closing_lets_the_chip_finish(model, line):
    """And the next open does not throw away what is still to be sent."""
    model("pace", 1)
    model("wire", 0)
    model("sent", 0)
    line("raw", "rate=9600", "send=300,1")
    line("modem")
    model.wait_state(0, queued=0)
    assert len(model.sent(0)) == 300
    model("pace", 0)
    model("wire", 0, 0)


@pytest.mark.differs("ftdi-flush")
def test_flushing_output_empties_the_chip(model, held):
    model("pace", 1)
    held("rate=300")
    start = model.mark()
    assert held("write=0123456789", "flush=out")[1] == "0"
    assert model.state(0)["queued"] == "0"
    assert [item[2] for item in model.requests(start, ftdi.RESET)] == [1]
    start = model.mark()
    held("flush=in")
    assert [item[2] for item in model.requests(start, ftdi.RESET)] == [2]
    model("pace", 0)


def test_the_event_character_brings_data_at_once(model, held):
    """The latency timer is at its longest; the line's end does not wait for it."""
    held.attribute("latency_timer", 255)
    assert held.attribute("event_char", 0x10A) == 0
    assert model.state(0)["event"] == "0x10a"
    held.attribute("event_char", 0x0A)
    held.attribute("latency_timer", 16)


@pytest.mark.differs("ftdi-error-char")
def test_the_error_character_marks_the_bad_byte_alone(model, held):
    model("wire", 0)
    assert held.attribute("error_char", 0x1FF) == 0
    job = held.start("set=parmrk", "set=inpck", "read=6,60000", "clear=parmrk", "clear=inpck")
    held.wait_step(job, "read")
    model("receive", 0, "41ff42", ftdi.PARITY)
    assert held.finish(job)[2].startswith("5 41ff00ff42")
    held.attribute("error_char", 0)
    model("wire", 0, 0)


def test_a_second_line_is_set_up_by_itself(model, both):
    """Requests for one line of a chip leave the other alone."""
    line, other = both
    line.hold("raw", "rate=9600")
    other.hold("raw", "rate=57600", "down=dtr")
    assert (model.state(0)["rate"], model.state(0)["dtr"]) == ("9600", "1")
    assert abs(int(model.state(1)["rate"]) - 57600) < 20 and model.state(1)["dtr"] == "0"
    other.release()
    line.release()
