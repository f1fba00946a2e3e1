# SPDX-License-Identifier: GPL-2.0
"""The protocol in Python, for peers that break it on purpose (docs/protocol.md)."""
import os
import socket
import struct

import xxhash

MAGIC = b"\x89PSD"
HELLO, WELCOME, BYE, ERROR, ACCEPTED = 1, 2, 3, 4, 5
PUT, GET, EXEC, POWER, SIGNAL, RESIZE = 0x10, 0x11, 0x12, 0x13, 0x18, 0x19
OFFER, RESULT, SUMMARY = 0x20, 0x21, 0x22
ATTACH, ATTACHED = 0x41, 0x42
TOTAL, ENTRY, DATA, HOLE, END, FINISH, SKIPPED = 0x48, 0x49, 0x4A, 0x4B, 0x4C, 0x4D, 0x4E
STDIN, STDOUT, STDERR, EXIT = 0x50, 0x51, 0x52, 0x53
BULK = {DATA, STDIN, STDOUT, STDERR}
FILE, DIRECTORY, SYMLINK = 1, 2, 3
HEADER = struct.Struct("<4sBBHQIIQ")


def string(text):
    data = os.fsencode(text)
    return struct.pack("<H", len(data)) + data


def frame(kind, session, payload=b"", length=None, check=None, version=1, reserved=0):
    """A frame; the keywords make wrong ones."""
    if check is None:
        check = 0 if kind in BULK else xxhash.xxh64_intdigest(payload) & 0xFFFFFFFF
    if length is None:
        length = len(payload)
    head = HEADER.pack(MAGIC, version, kind, reserved, session, length, check, 0)[:24]
    return head + struct.pack("<Q", xxhash.xxh64_intdigest(head)) + payload


def hello(session, low=1, high=1, client="test"):
    return frame(HELLO, session, struct.pack("<HH", low, high) + string(client))


def welcome(session, version=1, instance=1, agent="1.0", host="fake", kernel="0"):
    return frame(WELCOME, session, struct.pack("<HIQQ", version, 0, instance, 0) + string(agent)
                 + string(host) + string(kernel))


def put(session, destination, flags=0, digest=1):
    return frame(PUT, session, struct.pack("<IB", flags, digest) + string(destination))


def get(session, path, name, flags=0, digest=1):
    return frame(GET, session, struct.pack("<IB", flags, digest) + string(path) + string(name))


def execute(session, *arguments, flags=0):
    return frame(EXEC, session, struct.pack("<IHH", flags, 24, 80) + string("")
                 + struct.pack("<H", len(arguments)) + b"".join(map(string, arguments))
                 + struct.pack("<H", 0))


def entry(session, index, path, kind=FILE, flags=1, mode=0o644, size=0, target=""):
    return frame(ENTRY, session, struct.pack("<IBBIqIQ", index, kind, flags, mode, 0, 0, size)
                 + string(path) + string(target))


def end(session, index, content, status=0, digest=None, size=None):
    value = xxhash.xxh64_hexdigest(content) if digest is None else digest
    return frame(END, session, struct.pack("<IBIQ", index, status, 0,
                                           len(content) if size is None else size)
                 + string(value) + string(""))


def a_file(session, index, path, content):
    """A whole small file."""
    return entry(session, index, path, size=len(content)) + frame(DATA, session, content) \
        + end(session, index, content)


class Peer:
    """One end of a stream of frames."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(300)
        self.socket.connect(str(path))
        self.buffer = b""

    def send(self, *pieces):
        self.socket.sendall(b"".join(pieces))

    def read(self, count):
        while len(self.buffer) < count:
            piece = self.socket.recv(65536)
            if not piece:
                raise EOFError
            self.buffer += piece
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def receive(self):
        """The next frame: type, session, payload."""
        _, _, kind, _, session, length, _, _ = HEADER.unpack(self.read(32))
        return kind, session, self.read(length)

    def wait_for(self, kind, session=None):
        """The payload of the next frame of a type; others, and stray bytes, are skipped."""
        while True:
            while self.buffer[:4] != MAGIC:
                at = self.buffer.find(MAGIC)
                self.buffer = self.buffer[at:] if at > 0 else self.buffer[-3:] + self.read_more()
            got, its_session, payload = self.receive()
            if got == kind and session in (None, its_session):
                return payload

    def read_more(self):
        piece = self.socket.recv(65536)
        if not piece:
            raise EOFError
        return piece

    def close(self):
        self.socket.close()


def error_of(payload):
    """Code and text of an ERROR."""
    code, _ = struct.unpack_from("<HI", payload)
    return code, payload[8:].decode()
