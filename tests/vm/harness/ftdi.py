# SPDX-License-Identifier: GPL-2.0
"""The model of FTDI's chips (tests/ftdi) behind a usb-redir device of QEMU."""

import queue
import subprocess
import threading
import time
from pathlib import Path

from harness.lines import LIMIT, Line

TOP = Path(__file__).resolve().parents[3]
PROGRAM = TOP / "build" / "tests" / "ftdi_model"

RESET, MODEM_CTRL, SET_FLOW, SET_BAUD, SET_DATA, GET_STATUS, EVENT_CHAR, ERROR_CHAR = range(8)
SET_LATENCY, GET_LATENCY, BIT_MODE, READ_PINS, READ_EEPROM = 9, 10, 11, 12, 0x90

CTS, DSR, RI, DCD = 0x10, 0x20, 0x40, 0x80
OVERRUN, PARITY, FRAME, BREAK = 2, 4, 8, 0x10

INTERFACES = {"2232c": 2, "2232h": 2, "2233hp": 2, "2232hp": 2,
              "4232h": 4, "4233hp": 4, "4232hp": 4, "4232ha": 4}


def redirect(name, bus):
    """Options of a guest for a model with this name."""
    return ["-chardev", f"socket,id={name},path={{run}}/{name}.sock,server=on,wait=off",
            "-device", f"usb-redir,chardev={name},id={name},bus={bus},debug=1"]


class Model:
    """One model process. Calling it runs a command: model("chip", "bm")."""

    def __init__(self, guest, name):
        self.guest = guest
        self.plugged = []  # lines of the chip that is there by plug()
        self.events = []
        self._answers = queue.Queue()
        self._news = threading.Condition()
        self._errors = open(f"{guest.log_file}.{name}.model.log", "wb")
        self._process = subprocess.Popen(
            [str(PROGRAM), str(guest.run_folder / f"{name}.sock")], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self._errors, text=True, bufsize=1)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.wait_event("hello")

    def _read(self):
        for line in self._process.stdout:
            if line.startswith("- "):
                with self._news:
                    self.events.append(line[2:].rstrip("\n"))
                    self._news.notify_all()
            else:
                self._answers.put(line.rstrip("\n"))
        with self._news:
            self.events.append("ended")
            self._news.notify_all()

    def __call__(self, *words):
        self._process.stdin.write(" ".join(str(word) for word in words) + "\n")
        answer = self._answers.get(timeout=LIMIT)
        assert answer.startswith("="), f"{words}: {answer}"
        return answer[2:]

    def close(self):
        """Ends the process, and with it the device; its own checks must agree."""
        self._process.stdin.close()
        status = self._process.wait(LIMIT)
        self._errors.close()
        text = Path(self._errors.name).read_text()
        assert status == 0 and "runtime error" not in text and "ERROR" not in text, text

    def state(self, channel=0):
        """Settings and counters of a line, as a dict of strings."""
        return dict(pair.split("=") for pair in self("state", channel).split())

    def sent(self, channel=0):
        return bytes.fromhex(self("sent", channel))

    def mark(self):
        """The place in the events from which requests() and wait_event() count."""
        return len(self.events)

    def requests(self, since=0, request=None):
        """[(channel, request, value, index, status)] since a mark."""
        found = []
        for event in self.events[since:]:
            if event.startswith("request "):
                channel, number, value, index, status = event.split()[1:]
                found.append((int(channel), int(number, 16), int(value, 16), int(index, 16),
                              status))
        return [item for item in found if request is None or item[1] == request]

    def wait_event(self, start, since=0, limit=LIMIT):
        """Waits for an event that starts like this; returns it."""
        deadline = time.monotonic() + limit
        at = since
        with self._news:
            while True:
                for event in self.events[at:]:
                    if event.startswith(start):
                        return event
                at = max(since, len(self.events))
                left = deadline - time.monotonic()
                assert left > 0 and "ended" not in self.events, \
                    f"no event '{start}' in {self.events[-20:]}"
                self._news.wait(left)

    def wait_state(self, channel=0, limit=LIMIT, **wanted):
        """Waits until a line has these settings; each is a value or a predicate."""
        deadline = time.monotonic() + limit
        while True:
            state = self.state(channel)
            if all(value(int(state[key], 0)) if callable(value) else state[key] == str(value)
                   for key, value in wanted.items()):
                return state
            assert time.monotonic() < deadline, f"not {wanted}: {state}"

    def plug(self, chip, serial, **settings):
        """Lets a chip appear; its lines in the order of their interfaces, when
        the guest has them all."""
        self._lines = INTERFACES.get(chip, 1)
        self("chip", chip)
        self("set", "serial", serial)
        for key, value in settings.items():
            self("set", key.replace("_", "-"), value)
        self("plug")
        self.plugged = self.wait_lines(serial)
        return self.plugged

    def wait_lines(self, serial):
        """The lines of the guest's device with this serial number."""
        script = (f"for i in /sys/bus/usb/devices/*:1.*; do "
                  f"[ \"$(cat ${{i%:*}}/serial 2> /dev/null)\" = {serial} ] || continue; "
                  f"n=$(ls $i | grep ttyUSB) && [ -c /dev/$n ] && "
                  f"echo $(cat $i/bInterfaceNumber) $n; done | sort")
        self.guest.until(f"[ $({script} | wc -l) = {self._lines} ]")
        return [Line(self.guest, f"/dev/{line.split()[1]}")
                for line in self.guest.check(script).splitlines()]

    def unplug(self, lines=()):
        """Takes the chip away and waits until the guest knows."""
        self("unplug")
        self.plugged = []
        for line in lines:
            self.guest.until(f"[ ! -e {line.node} ] && [ ! -e {line.folder} ]")
