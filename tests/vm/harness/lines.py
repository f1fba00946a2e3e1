# SPDX-License-Identifier: GPL-2.0
"""USB serial lines in a guest: which node a device became, single calls on it
(tests/guest/ttyprobe.c), attributes of its port."""

import itertools
import shlex

LIMIT = 120


def find_lines(guest):
    """{serial number of the USB device: node in /dev}, the first interface's."""
    out = guest.check(
        "for d in /sys/bus/usb-serial/devices/*; do [ -e $d ] || continue; "
        "echo ${d##*/} $(cat $(readlink -f $d)/../../serial); done")
    lines = {}
    for line in sorted(out.splitlines()):
        node, serial = line.split(" ", 1)
        lines.setdefault(serial, f"/dev/{node}")
    return lines


def wait_line(guest, serial, limit=LIMIT):
    """The line of the device with this serial number, as soon as it is there."""
    guest.until(f"for d in /sys/bus/usb-serial/devices/*; do s=$(readlink -f $d)/../../serial; "
                f"[ -c /dev/${{d##*/}} ] && [ -e $s ] && grep -qx {shlex.quote(serial)} $s && "
                f"exit; done; false", limit)
    return Line(guest, find_lines(guest)[serial])


class Line:
    """line("raw", "write=hello") takes these steps of ttyprobe with the line
    open and returns their results as strings, in order."""

    _jobs = itertools.count(1)  # of all lines: a node's name may come back

    def __init__(self, guest, node):
        self.guest = guest
        self.node = node

    def __call__(self, *steps, limit=LIMIT):
        return self._results(self.guest.run(self._command(steps), timeout=limit))

    def _command(self, steps):
        return f"ttyprobe {self.node} " + " ".join(shlex.quote(step) for step in steps)

    @staticmethod
    def _results(result):
        lines = result.output.splitlines()
        assert lines and not lines[0].startswith("open -"), result.output
        return [line.split(" ", 1)[1] if " " in line else "" for line in lines]

    def start(self, *steps):
        """Takes the steps in the background; the job's number."""
        name = f"{self.node.rsplit('/', 1)[1]}-{next(self._jobs)}"
        # The process that is known by its number becomes ttyprobe.
        self.guest.check(f"(sh -c 'echo $$ > /tmp/{name}.pid; exec \"$@\"' sh "
                         f"{self._command(steps)} > /tmp/{name}.out 2>&1; "
                         f"echo $? > /tmp/{name}.status) > /dev/null 2>&1 &")
        return name

    def wait_step(self, job, step, limit=LIMIT):
        """Waits until a job's step has begun, or has ended with the step's name after it."""
        self.guest.until(f"grep -q '^{step}' /tmp/{job}.out", limit)

    def wait_asleep(self, job, function, limit=LIMIT):
        """Waits until a job sleeps in a kernel function."""
        self.guest.until(f"grep -q {function} /proc/$(cat /tmp/{job}.pid)/stack", limit)

    def finish(self, job, limit=LIMIT):
        """Results of a job, when it has ended."""
        self.guest.until(f"test -s /tmp/{job}.status", limit)
        return self._results(self.guest.run(f"cat /tmp/{job}.out"))

    def hold(self, *steps):
        """Keeps the line open after these steps, until release()."""
        self._held = self.start(*steps, "hold")
        self.wait_step(self._held, "hold")

    def release(self):
        self.guest.check(f"kill $(cat /tmp/{self._held}.pid)")
        self.guest.until(f"test -s /tmp/{self._held}.status")

    @property
    def folder(self):
        return f"/sys/bus/usb-serial/devices/{self.node.rsplit('/', 1)[1]}"

    def attribute(self, name, value=None):
        """Reads an attribute of the port, or writes it: then the exit status."""
        if value is None:
            return self.guest.check(f"cat {self.folder}/{name}")
        return self.guest.run(f"echo {value} > {self.folder}/{name}").status

    def statistic(self, name):
        return int(self.attribute(f"statistics/{name}"))

    def counts(self):
        """TIOCGICOUNT as a dict."""
        return {key: int(value) for key, value in
                (pair.split("=") for pair in self("icount")[0].split())}
