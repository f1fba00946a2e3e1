# SPDX-License-Identifier: GPL-2.0
"""Guests that break the protocol: the host's command ends with an error, and nothing is harmed."""
import os
import random
import socket
import struct
import subprocess
import threading

import pytest

import wire
from conftest import HOST_PROGRAM, LIMIT, leftovers


class FakeGuest:
    """An agent in Python that answers the handshake and then follows a script."""

    def __init__(self, directory, script):
        self.directory = directory
        self.listeners = [self.listen("control"), self.listen("data")]
        self.script = script
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def listen(self, name):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.directory / f"{name}.sock"))
        listener.listen(1)
        return listener

    @staticmethod
    def peer(listener):
        peer = wire.Peer.__new__(wire.Peer)
        peer.socket, _ = listener.accept()
        peer.socket.settimeout(LIMIT)
        peer.buffer = b""
        return peer

    def serve(self):
        control = self.peer(self.listeners[0])
        data = self.peer(self.listeners[1])
        try:
            kind, session, _ = control.receive()
            assert kind == wire.HELLO
            control.send(wire.welcome(session))
            data.wait_for(wire.ATTACH, session)
            data.send(wire.frame(wire.ATTACHED, session))
            kind, _, _ = control.receive()
            control.send(wire.frame(wire.ACCEPTED, session))
            self.script(control, data, session)
            while control.socket.recv(65536):
                pass
        except OSError:
            pass
        finally:
            control.close()
            data.close()


@pytest.fixture
def against(tmp_path):
    """Runs a host command against a script; returns the finished process."""
    for name in ("host", "run"):
        (tmp_path / name).mkdir()
    listeners = []

    def run(script, *arguments, status=4):
        guest = FakeGuest(tmp_path / "run", script)
        listeners.extend(guest.listeners)
        done = subprocess.run(
            [HOST_PROGRAM, arguments[0], "--control", f"unix:{tmp_path}/run/control.sock",
             "--data", f"unix:{tmp_path}/run/data.sock", *arguments[1:]],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT, check=False,
            cwd=tmp_path / "host")
        assert status in (None, done.returncode), (done.returncode, done.stderr)
        return done

    run.directory = tmp_path / "host"
    run.outside = tmp_path
    yield run
    for listener in listeners:
        listener.close()


def sends(*frames):
    """A script that sends frames on the data line; each is called with the session."""
    def script(control, data, session):
        for make in frames:
            data.send(make(session))
    return script


EVIL_PATHS = ["../evil", "/tmp/evil", "f/../../evil", "", ".", "..", "other", "f2", ".bashrc",
              "f//x", "f/", "f/../x"]


@pytest.mark.parametrize("path", EVIL_PATHS)
def test_get_takes_no_path_but_the_one_it_asked_for(against, path):
    against(sends(lambda s: wire.a_file(s, 0, path, b"evil")), "get", "/some/f", ".")
    assert not os.listdir(against.directory)


def test_get_does_not_write_through_a_link_that_the_guest_made(against):
    outside = against.outside / "outside"
    outside.mkdir()
    against(sends(
        lambda s: wire.entry(s, 0, "d", kind=wire.DIRECTORY, mode=0o755),
        lambda s: wire.entry(s, 1, "d/l", kind=wire.SYMLINK, target=str(outside)),
        lambda s: wire.a_file(s, 2, "d/l/f", b"evil"),
        lambda s: wire.frame(wire.FINISH, s)), "get", "/d", ".", status=7)
    assert not os.listdir(outside)


def test_get_replaces_a_link_instead_of_writing_where_it_leads(against):
    victim = against.outside / "victim"
    victim.write_text("precious")
    against(sends(
        lambda s: wire.entry(s, 0, "d", kind=wire.DIRECTORY, mode=0o755),
        lambda s: wire.entry(s, 1, "d/l", kind=wire.SYMLINK, target=str(victim)),
        lambda s: wire.a_file(s, 2, "d/l", b"evil"),
        lambda s: wire.frame(wire.FINISH, s)), "get", "/d", ".", status=0)
    assert victim.read_text() == "precious"
    assert (against.directory / "d" / "l").read_text() == "evil"


def test_a_directory_that_became_a_link_meanwhile_is_not_entered(against):
    outside = against.outside / "outside"
    outside.mkdir()
    os.symlink(outside, against.directory / "d")
    against(sends(
        lambda s: wire.entry(s, 0, "d", kind=wire.DIRECTORY, mode=0o777),
        lambda s: wire.a_file(s, 1, "d/f", b"evil"),
        lambda s: wire.frame(wire.FINISH, s)), "get", "/d", ".", status=7)
    assert not os.listdir(outside)


BAD = {
    "an unknown type on data": lambda s: wire.frame(0x5F, s),
    "an unknown session": lambda s: wire.frame(wire.FINISH, s + 1),
    "a wrong check": lambda s: wire.frame(wire.TOTAL, s, b"x", check=1),
    "a frame too long": lambda s: wire.frame(wire.ENTRY, s, length=1 << 30),
    "zeros": lambda s: bytes(64),
    "content without an entry": lambda s: wire.frame(wire.DATA, s, b"x"),
    "output of a command": lambda s: wire.frame(wire.STDOUT, s, b"x"),
    "a truncated entry": lambda s: wire.frame(wire.ENTRY, s, b"\0" * 20),
    "an entry of unknown kind": lambda s: wire.entry(s, 0, "f", kind=7),
    "an index out of order": lambda s: wire.a_file(s, 3, "f", b"x"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_frame_ends_the_command_and_leaves_nothing(against, name):
    done = against(sends(BAD[name]), "get", "/f", ".")
    assert "portside: " in done.stderr
    assert not os.listdir(against.directory)


WRONG = {
    "a wrong digest": lambda s: wire.entry(s, 0, "f", size=1) + wire.frame(wire.DATA, s, b"x")
    + wire.end(s, 0, b"y"),
    "a wrong length": lambda s: wire.entry(s, 0, "f", size=1) + wire.frame(wire.DATA, s, b"x")
    + wire.end(s, 0, b"x", size=7),
}


@pytest.mark.parametrize("name", WRONG)
def test_content_that_differs_is_not_kept(against, name):
    done = against(sends(WRONG[name], lambda s: wire.frame(wire.FINISH, s)), "get", "/f", ".",
                   status=5)
    assert "f: the " in done.stderr
    assert not os.listdir(against.directory)


def test_a_guest_that_goes_away_in_a_file_leaves_what_can_be_resumed(against):
    def script(control, data, session):
        data.send(wire.entry(session, 0, "f", size=4 << 20, flags=2))
        control.wait_for(wire.OFFER, session)
        data.send(wire.frame(wire.DATA, session, os.urandom(1 << 20)))
        data.close()
        control.close()

    against(script, "get", "/f", ".", status=3)
    assert len(leftovers(against.directory)) == 1
    assert os.listdir(against.directory) == [leftovers(against.directory)[0].name]


def test_a_guest_that_falls_silent_is_given_up(against):
    done = against(lambda control, data, session: None, "get", "--timeout", "1", "/f", ".", status=3)
    assert "stopped answering" in done.stderr


def test_a_guest_cannot_confirm_what_it_did_not_receive(against):
    (against.directory / "f").write_bytes(b"content")

    def script(control, data, session):
        data.wait_for(wire.END, session)
        control.send(wire.frame(wire.RESULT, session, struct.pack("<IBIQ", 0, 0, 0, 7)
                                + wire.string("0" * 16) + wire.string("")))
        control.send(wire.frame(wire.SUMMARY, session, struct.pack("<QQQ", 1, 0, 7)))

    done = against(script, "put", "f", "/", status=5)
    assert "another length or digest" in done.stderr


@pytest.mark.parametrize("kind", [wire.RESULT, wire.SUMMARY, wire.OFFER, wire.PUT, wire.HELLO, 0x3E])
def test_control_frames_out_of_place_end_the_command(against, kind):
    (against.directory / "f").write_bytes(b"content")

    def script(control, data, session):
        control.send(wire.frame(kind, session, struct.pack("<QQQQ", 9, 9, 9, 0)))

    against(script, "put", "f", "/")


def test_an_agent_of_another_version_is_told(against):
    def script(control, data, session):
        raise AssertionError("not reached")

    def serve(self):
        control = self.peer(self.listeners[0])
        _, session, _ = control.receive()
        control.send(wire.frame(wire.ERROR, session, struct.pack("<HI", 1, 0)
                                + wire.string("the agent speaks version 9 only")))

    plain, FakeGuest.serve = FakeGuest.serve, serve
    try:
        done = against(script, "get", "/f", ".")
    finally:
        FakeGuest.serve = plain
    assert "version 9 only" in done.stderr


def test_texts_from_the_guest_are_harmless_on_the_terminal(against):
    def script(control, data, session):
        data.send(wire.frame(wire.SKIPPED, session, struct.pack("<I", 1) + wire.string("f\033[2J")
                             + wire.string("\033]0;owned\007")))
        data.send(wire.frame(wire.FINISH, session))

    done = against(script, "get", "/f", ".", status=6)
    assert "\033" not in done.stderr + done.stdout and "\007" not in done.stderr


def test_an_exit_status_out_of_range_is_refused(against):
    done = against(sends(lambda s: wire.frame(wire.EXIT, s, struct.pack("<BI", 0, 70000))),
                   "exec", "true", status=125)
    assert "protocol error" in done.stderr


@pytest.mark.parametrize("seed", range(30))
def test_random_frames_do_no_harm(against, seed):
    generator = random.Random(seed)

    def script(control, data, session):
        for _ in range(30):
            payload = generator.randbytes(generator.choice([0, 1, 12, 24, 50, 400]))
            kind = generator.choice([*range(1, 6), *range(0x20, 0x23), *range(0x48, 0x54)])
            generator.choice([control, data]).send(wire.frame(kind, session, payload))
        data.close()
        control.close()

    done = against(script, "get", "/f", ".", status=None)
    assert done.returncode in (3, 4, 5, 6, 7)
    assert all(name == "f" or name.startswith(".portside-") for name in os.listdir(against.directory))
