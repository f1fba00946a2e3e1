# SPDX-License-Identifier: GPL-2.0
"""The portside program of the host, talking to a guest under test; and a line
to the guest that can be cut after any number of bytes."""

import json
import os
import selectors
import socket
import subprocess
import threading
from pathlib import Path

TOP = Path(__file__).resolve().parents[3]
PROGRAM = TOP / "build" / "bin" / "portside"
LIMIT = 240


class Portside:
    """Runs host commands against one guest.

    control, data: addresses of other ports than those of the guest's agent."""

    def __init__(self, guest, control=None, data=None):
        self.guest = guest
        self.addresses = ["--control", control, "--data", data] if control else []
        self.environment = {**os.environ, "PORTSIDE_RUN": str(guest.folder)}

    def words(self, command, *arguments):
        return [str(PROGRAM), command, *self.addresses, "--timeout", str(LIMIT),
                *map(str, arguments)]

    def run(self, command, *arguments, status=0, text=True, **options):
        """Runs a command to its end and checks its exit status (None: any)."""
        if "input" not in options:
            options.setdefault("stdin", subprocess.DEVNULL)
        done = subprocess.run(self.words(command, *arguments), capture_output=True, text=text,
                              env=self.environment, timeout=2 * LIMIT, check=False, **options)
        assert status is None or done.returncode == status, (
            f"portside {command}: status {done.returncode}, not {status}\n"
            f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        return done

    def start(self, command, *arguments, **options):
        options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.Popen(self.words(command, *arguments), env=self.environment,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)

    def json(self, command, *arguments, status=0):
        """What a command prints with --json: a list of objects."""
        done = self.run(command, "--json", *arguments, status=status)
        return [json.loads(line) for line in done.stdout.splitlines()]


class CutLine:
    """A socket before the socket of a port, which counts what passes and ends
    the connection after `limit` bytes to the guest or to the host."""

    def __init__(self, guest, name, folder):
        self.address = f"unix:{folder}/{name}"
        self.behind = guest.run_folder / f"{name}.sock"
        self.passed = {"guest": 0, "host": 0}
        self.limits = {"guest": None, "host": None}
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(f"{folder}/{name}")
        self._listener.listen(1)
        threading.Thread(target=self._serve, daemon=True).start()

    def cut(self, to, after):
        """Ends the connection when so many bytes more have passed."""
        self.limits[to] = self.passed[to] + after

    def close(self):
        self._listener.close()

    def _serve(self):
        while True:
            try:
                host, _ = self._listener.accept()
            except OSError:
                return
            port = socket.socket(socket.AF_UNIX)
            port.connect(str(self.behind))
            try:
                self._carry(host, port)
            except OSError:
                pass
            host.close()
            port.close()

    def _carry(self, host, port):
        selector = selectors.DefaultSelector()
        selector.register(host, selectors.EVENT_READ, (port, "guest"))
        selector.register(port, selectors.EVENT_READ, (host, "host"))
        while True:
            for key, _ in selector.select():
                other, to = key.data
                data = key.fileobj.recv(1 << 18)
                limit = self.limits[to]
                if limit is not None:
                    data = data[:limit - self.passed[to]]
                if not data:
                    self.limits[to] = None
                    return
                other.sendall(data)
                self.passed[to] += len(data)
