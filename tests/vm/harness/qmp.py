# SPDX-License-Identifier: GPL-2.0
"""A QMP client over a unix socket: commands and events, nothing of guests."""

import json
import select
import socket
import time


class QMPError(Exception):
    """QEMU refused a command; the message is QEMU's own."""


class QMP:
    """One QMP connection. Events that pass while something else is awaited
    are kept in `events`, oldest first."""

    def __init__(self, path, timeout=60):
        self.events = []
        self._buffer = b""
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(timeout)
        self._socket.connect(str(path))
        self._greeting = self._message(time.monotonic() + timeout)
        self.execute("qmp_capabilities")

    def close(self):
        self._socket.close()

    def _message(self, deadline):
        """The next message, or None when QEMU closed the connection."""
        while b"\n" not in self._buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._socket], [], [], left)[0]:
                raise TimeoutError("no answer on QMP")
            try:
                data = self._socket.recv(65536)
            except ConnectionResetError:
                data = b""
            if not data:
                return None
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\n", 1)
        return json.loads(line)

    def execute(self, command, timeout=60, **arguments):
        """Runs a command; underscores in argument names become hyphens."""
        message = {"execute": command}
        if arguments:
            message["arguments"] = {
                key.replace("_", "-"): value for key, value in arguments.items()}
        self._socket.sendall(json.dumps(message).encode() + b"\n")
        deadline = time.monotonic() + timeout
        while True:
            answer = self._message(deadline)
            if answer is None:
                raise QMPError(f"{command}: QEMU closed the connection")
            if "event" in answer:
                self.events.append(answer)
            elif "error" in answer:
                raise QMPError(f"{command}: {answer['error']['desc']}")
            else:
                return answer["return"]

    def hmp(self, line):
        """What the human monitor answers to a line."""
        return self.execute("human-monitor-command", command_line=line)

    def wait(self, event, timeout=120, **data):
        """Waits for an event whose data has the given values; returns it and
        forgets it, so that the next wait is for a new one."""
        deadline = time.monotonic() + timeout

        def matches(message):
            return message["event"] == event and all(
                message.get("data", {}).get(key) == value for key, value in data.items())

        while True:
            for message in self.events:
                if matches(message):
                    self.events.remove(message)
                    return message
            message = self._message(deadline)
            if message is None:
                raise QMPError(f"QEMU ended before {event}")
            if "event" in message:
                self.events.append(message)

    def drain(self):
        """Takes in the events that QEMU still sends until it closes."""
        try:
            while True:
                message = self._message(time.monotonic() + 30)
                if message is None:
                    return self.events
                if "event" in message:
                    self.events.append(message)
        except TimeoutError:
            return self.events
